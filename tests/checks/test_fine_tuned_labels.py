"""Thorough mode: a fine-tuned BERT adds to the order of the rows, says what it costs, and is never replaced in silence."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
from auditor.checks.base import Shared
from auditor.checks.labels import fine_tuned as thorough
from auditor.checks.labels.check import LabelCheck
from auditor.checks.labels.probabilities import grouped_folds
from auditor.checks.labels.training_dynamics import Plan, tuned_dynamics
from auditor.config.loading import load_settings
from auditor.errors import InputError, UsageError
from auditor.models.load import load_named
from auditor.models.tokenize import encode
from tests.corpora import corpus
from tests.models.conftest import tiny_model  # noqa: F401 - a fixture
from tests.models.toys import FILLER, WORDS

NAMES = sorted(WORDS)
QUICK = {"labels.epochs": 6, "labels.learning_rate": 3e-3, "labels.max_length": 16}


def rows(count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 3, count)
    texts = [" ".join([*draw.choice(FILLER, 5), *draw.choice(WORDS[NAMES[k]].split(), 2)]) for k in truth]
    return texts, truth


def check(c, tell=lambda stage, done, total: None, **settings):
    own = load_settings(options={**QUICK, **{f"labels.{k}": v for k, v in settings.items()}})
    return LabelCheck(own, c.language).finish([], c, Shared(tell=tell))


@pytest.fixture(scope="module")
def noisy():
    texts, truth = rows(400)
    given = truth.copy()
    given[:20] = (truth[:20] + 1) % 3
    return texts, truth, given


def test_wrong_labels_have_the_lowest_margins_and_are_contradicted_out_of_sample(tiny_model: Path, noisy) -> None:  # noqa: F811
    texts, truth, given = noisy
    base = load_named(str(tiny_model))
    plan = Plan(grouped_folds(given, np.arange(400), 3, 0), 6, 3e-3, 0)
    steps = []
    found = tuned_dynamics(base, encode(base.tokenizer, texts, 16), given, 3, plan, lambda: steps.append(1))
    assert len(steps) == plan.steps
    assert len(set(np.argsort(found.margin)[:20].tolist()) & set(range(20))) >= 17
    assert (found.held_out.argmax(axis=1)[:20] == truth[:20]).mean() >= 0.8
    np.testing.assert_allclose(found.held_out.sum(axis=1), 1, atol=1e-5)


def test_a_copy_of_a_row_never_teaches_the_model_that_judges_it(tiny_model: Path) -> None:  # noqa: F811
    texts, truth = rows(300)
    c = corpus(texts, labels=[NAMES[k] for k in truth])
    groups = np.arange(300)
    groups[100:200] = groups[:100]
    fold = grouped_folds(truth, groups, thorough.MOST_FOLDS, 0)
    assert (fold[100:200] == fold[:100]).all()
    seen = {}

    def spy(base, rows, given, classes, plan, tick):
        seen["fold"] = plan.fold
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(thorough, "tuned_dynamics", spy)
        options = load_settings(options={**QUICK, "labels.model": str(tiny_model)}).labels
        thorough.thorough_dynamics(c.texts, truth, groups, options, "en", 0, lambda *told: None)
    assert (seen["fold"] == fold).all()


def test_it_says_what_it_will_cost_has_a_say_and_repeats(tiny_model: Path, noisy) -> None:  # noqa: F811
    texts, truth, given = noisy
    c = corpus(texts, labels=[NAMES[k] for k in given])
    told = []
    first = check(c, lambda *what: told.append(what), model=str(tiny_model))
    again = check(c, model=str(tiny_model))
    assert first.per_row["label_score"] == again.per_row["label_score"]
    assert any(note.key == "note.label_tuned" and note.args[0] == tiny_model.name for note in first.notes)
    assert tiny_model.name in str(next(note.args[0] for note in first.notes if note.key == "note.label_model"))
    stages = {stage for stage, _, _ in told}
    assert len(stages) == 1
    assert "about" in stages.pop()
    assert [done for _, done, _ in told] == list(range(told[0][2] + 1))
    assert first.per_row["label_score"] != check(c).per_row["label_score"]


def test_a_model_that_learnt_nothing_has_no_say_and_the_report_tells(tiny_model: Path, noisy) -> None:  # noqa: F811
    texts, _, given = noisy
    c = corpus(texts, labels=[NAMES[k] for k in given])
    result = check(c, model=str(tiny_model), epochs=1, learning_rate=1e-9)
    assert any(note.key == "note.label_tuned_left_out" for note in result.notes)
    assert result.per_row["label_score"] == check(c).per_row["label_score"]


def test_without_torch_it_is_refused_in_three_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thorough, "find_spec", lambda name: None if name == "torch" else name)
    own = load_settings(options={"labels.model": "bert"})
    with pytest.raises(UsageError, match="needs torch") as caught:
        LabelCheck(own, "en").ready(corpus(["a"], labels=["b"]))
    assert len(caught.value.lines()) == 3


def test_without_the_packaged_model_english_is_refused_and_not_pre_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.models.load.packaged_folder", lambda: None)
    with pytest.raises(InputError, match="not installed"):
        thorough.chosen_base("bert", "en")
    assert thorough.chosen_base("bert", "zh") is None


def test_chinese_takes_a_model_trained_on_the_corpus() -> None:
    draw = np.random.default_rng(0)
    words = {"好": "干净 舒服 热情 满意", "差": "肮脏 吵闹 冷淡 失望"}
    labels = ["好", "差"] * 40
    texts = ["房间" + "".join(draw.choice(words[k].split(), 3)) + str(i) for i, k in enumerate(labels)]
    result = check(corpus(texts, labels=labels, language="zh"), model="bert", epochs=1)
    assert any("pre-trained on the corpus" in str(note.args) for note in result.notes)


def test_the_command_line_refuses_a_model_that_is_not_there(auditor, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text,label\n" + "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(80)))
    done = auditor("scan", "d.csv", "--label-model", "./nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "labels.model" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())


def test_an_interrupt_leaves_no_run_folder(tiny_model: Path, tmp_path: Path) -> None:  # noqa: F811
    from auditor.pipeline import run

    texts, truth = rows(120)
    lines = [f"{text},{NAMES[k]}" for text, k in zip(texts, truth, strict=True)]
    (tmp_path / "d.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    settings = load_settings(options={**QUICK, "labels.model": str(tiny_model), "select": ("LBL",)})

    def stop(stage: str, done: int, total: int) -> None:
        if stage.startswith("labels:") and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([str(tmp_path / "d.csv")], settings, out=tmp_path / "out", command="x", stages=["scan"], progress=stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.csv"]
