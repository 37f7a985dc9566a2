from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from auditor.errors import UsageError
from auditor.models.gradients import backward
from auditor.models.load import Base, load_named
from auditor.models.tuning import Tuning


def tiny_problem(folder: Path):
    """A classifier without dropout, and the mean loss of rows of random tokens."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(0)
    base = load_named(str(folder))
    model = Base(base.name, base.tokenizer, base.config, base.weights, Tuning(word_vectors=True)).classifier(3).eval()
    ids, labels = torch.randint(5, 15, (8, 6)), torch.arange(8) % 3

    def loss_of(rows: np.ndarray):
        return cross_entropy(model(input_ids=ids[rows], attention_mask=torch.ones_like(ids[rows])), labels[rows])

    return model, loss_of


def gradient(model) -> np.ndarray:
    found = [p.grad.flatten().numpy().copy() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    return np.concatenate(found)


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.models.gradients.half_precision", lambda: False)


@pytest.mark.usefixtures("exact")
def test_parts_give_the_gradient_of_the_whole(tiny_model: Path) -> None:
    model, loss_of = tiny_problem(tiny_model)
    whole_loss = backward(model, loss_of, np.arange(8))
    whole = gradient(model)
    assert backward(model, loss_of, np.arange(8), parts=3) == pytest.approx(whole_loss, abs=1e-5)
    np.testing.assert_allclose(gradient(model), whole, atol=1e-5)


@pytest.mark.usefixtures("exact")
def test_an_attack_adds_a_gradient_and_leaves_the_weights(tiny_model: Path) -> None:
    model, loss_of = tiny_problem(tiny_model)
    vectors = model.encoder.word_vectors.weight
    before = vectors.detach().clone()
    backward(model, loss_of, np.arange(8))
    plain = gradient(model)
    backward(model, loss_of, np.arange(8), adversarial=1.0)
    attacked = gradient(model)
    assert (vectors == before).all()
    assert not np.allclose(attacked, 2 * plain, atol=1e-4)
    assert np.corrcoef(attacked, plain)[0, 1] > 0.5


PROCESS = """
import sys
import numpy as np
import torch.distributed as processes
from pathlib import Path
from auditor.models import gradients
from tests.models.test_gradients import gradient, tiny_problem

gradients.half_precision = lambda: False
processes.init_process_group("gloo")
model, loss_of = tiny_problem(Path(sys.argv[1]))
gradients.backward(model, loss_of, np.arange(8))
np.save(f"{sys.argv[2]}/{processes.get_rank()}.npy", gradient(model))
processes.destroy_process_group()
"""


@pytest.mark.usefixtures("exact")
def test_two_processes_share_a_batch(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "process.py").write_text(PROCESS)
    root = Path(__file__).resolve().parents[2]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    for last in (False, True):  # on a busy machine the launcher's processes may miss each other once
        done = subprocess.run(
            [*launch, str(tmp_path / "process.py"), str(tiny_model), str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=240,
            env=environment,
            check=False,
        )
        if done.returncode == 0:
            break
        assert not last, done.stderr[-3000:]
    model, loss_of = tiny_problem(tiny_model)
    backward(model, loss_of, np.arange(8))
    alone = gradient(model)
    for rank in (0, 1):
        np.testing.assert_allclose(np.load(tmp_path / f"{rank}.npy"), alone, atol=1e-5)


def trainable(folder: Path, tuning: Tuning) -> set[str]:
    base = load_named(str(folder))
    encoder = Base(base.name, base.tokenizer, base.config, base.weights, tuning).encoder()
    return {name for name, p in encoder.named_parameters() if p.requires_grad}


def test_what_is_frozen_is_not_trained(tiny_model: Path) -> None:
    usual, frozen = trainable(tiny_model, Tuning()), trainable(tiny_model, Tuning(frozen_layers=1))
    assert "embeddings.word_embeddings.weight" not in usual
    assert "embeddings.word_embeddings.weight" in trainable(tiny_model, Tuning(word_vectors=True))
    assert {"encoder.layer.0.output.dense.weight", "embeddings.LayerNorm.weight"} <= usual - frozen
    assert all(name.startswith(("encoder.layer.0.", "embeddings.")) for name in usual - frozen)
    attacked = trainable(tiny_model, Tuning(word_vectors=True, frozen_layers=1))
    assert "embeddings.word_embeddings.weight" in attacked and "encoder.layer.0.output.dense.weight" not in attacked
    with pytest.raises(UsageError, match="than the model has"):
        trainable(tiny_model, Tuning(frozen_layers=3))
