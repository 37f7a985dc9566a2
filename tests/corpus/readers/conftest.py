"""Texts, labels, and what was told of an input."""

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.errors import AuditorError

TEXTS = [f"The kettle number {i} arrived two days early and looks lovely today." for i in range(30)]
LABELS = ["pos" if i % 3 else "neg" for i in range(30)]


@pytest.fixture
def texts() -> list[str]:
    return TEXTS


@pytest.fixture
def labels() -> list[str]:
    return LABELS


@pytest.fixture
def records() -> list[dict[str, str]]:
    return [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS, strict=True)]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Corpus]:
    """Reads a file of this name with this content; without content, what is there."""

    def load(name: str, content: str | bytes | None = None, **settings: object) -> Corpus:
        if content is not None:
            write(tmp_path / name, content)
        return load_corpus([str(tmp_path / name)], CorpusSettings.model_validate(settings))

    return load


@pytest.fixture
def refused(read: Callable[..., Corpus]) -> Callable[..., AuditorError]:
    """The error of reading; its three lines hold no text of the data."""

    def error(name: str, content: str | bytes | None = None, **settings: object) -> AuditorError:
        with pytest.raises(AuditorError) as caught:
            read(name, content, **settings)
        said = " ".join(caught.value.lines())
        assert not any(text in said for text in TEXTS)
        return caught.value

    return error


@pytest.fixture
def notices() -> Callable[[Corpus], dict[str, int]]:
    """Counts of notices by kind."""
    return lambda corpus: {notice.kind: notice.count for notice in corpus.notices}


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str | bytes], None]:
    """Writes a file, and its folders."""
    return lambda name, content: write(tmp_path / name, content)


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
