"""The linear baseline for tagging: a conditional random field over sparse features (CRFsuite)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.models.token_features import character_features, token_features

PACKAGE = "pycrfsuite"
_OPTIONS = {"c1": 0.05, "c2": 0.05, "max_iterations": 80, "feature.possible_transitions": True}
"""L1 and L2 penalties and maximum L-BFGS iterations, tuned on parts of the train rows of WNUT-17 and CLUENER."""


def has_crf() -> bool:
    """Whether CRFsuite is installed."""
    return find_spec(PACKAGE) is not None


def crf_tags(
    rows: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], others: Sequence[Sequence[str]], language: str
) -> list[list[str]]:
    """Train a linear-chain CRF (Lafferty, McCallum and Pereira 2001) on tagged sentences and tag `others` with it.

    The features are `token_features`, for Chinese `character_features`. The trained model contains words of the
    sentences; it is written to a private temporary folder, which is deleted at once.

    Args:
        rows: words of each training sentence.
        tags: tags of each training sentence.
        others: words of the sentences to tag.
        language: ``zh``, or any other.

    Raises:
        ImportError: CRFsuite is not installed.
    """
    import pycrfsuite

    features = character_features if language == "zh" else token_features
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=_OPTIONS, verbose=False)
    for row, given in zip(rows, tags, strict=True):
        trainer.append(list(features(row)), list(given))
    with TemporaryDirectory(prefix="auditor-crf-") as folder:
        file = Path(folder) / "model"
        trainer.train(str(file))
        model = file.read_bytes()
    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(model)
    return [[str(tag) for tag in tagger.tag(list(features(row)))] for row in others]
