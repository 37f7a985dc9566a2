"""Labelled corpora and the noise that is put into them: what `benchmarks/labels.py` measures on.

Noise is uniform (a row's label becomes any other with equal chance) or class-dependent: each class errs at its own
rate (Dirichlet(2) over classes, scaled to the overall rate, at most 60 %) towards the two classes whose TF-IDF
centroids are most like its own, 70 to 30.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Labelled:
    """Texts with their given labels, and where the truth is known, which are wrong.

    Attributes:
        given: int64 classes 0 .. K-1.
        wrong: bool, one per row.
        judged: bool, the rows whose truth is known.
    """

    texts: list[str]
    given: np.ndarray
    wrong: np.ndarray
    judged: np.ndarray
    language: str


def load(name: str, data: Path) -> Labelled:
    """One of the corpora, as it came.

    Args:
        name: ``banking77``, ``hotel``, ``headlines`` or ``imdb``.
        data: the folder of the data sets.
    """
    files = {
        "banking77": ("banking77.parquet", "en"),
        "hotel": ("chnsenticorp_hotel.parquet", "zh"),
        "headlines": ("thucnews_headlines.parquet", "zh"),
        "imdb": ("labelerrors_imdb_test.parquet", "en"),
    }
    file, language = files[name]
    rows = pq.read_table(data / file).to_pandas()
    if name == "banking77":
        rows = rows[rows["split"] == "train"]
    rows = rows[rows["text"].str.strip() != ""]
    _, given = np.unique(rows["given_label" if name == "imdb" else "label"].astype(str), return_inverse=True)
    wrong, judged = np.zeros(len(rows), bool), np.ones(len(rows), bool)
    if name == "imdb":
        judged = rows["human_checked"].to_numpy(bool)
        wrong = judged & rows["is_error"].fillna(False).to_numpy(bool)
    return Labelled(rows["text"].tolist(), given.astype(np.int64), wrong, judged, language)


def with_noise(clean: Labelled, kind: str, rate: float, seed: int) -> Labelled:
    """`clean` with wrong labels at `rate`; `kind` is ``uniform`` or ``class-dependent``."""
    draw = np.random.default_rng(seed)
    classes = int(clean.given.max()) + 1
    if kind == "uniform":
        hit = draw.random(len(clean.given)) < rate
        other = (clean.given + draw.integers(1, classes, len(clean.given))) % classes
    else:
        hit = draw.random(len(clean.given)) < _class_rates(clean.given, rate, draw)[clean.given]
        first, second = _most_alike(clean, classes)
        other = np.where(draw.random(len(clean.given)) < 0.7, first[clean.given], second[clean.given])
    given = np.where(hit, other, clean.given)
    return Labelled(clean.texts, given, given != clean.given, clean.judged, clean.language)


def _class_rates(given: np.ndarray, rate: float, draw: np.random.Generator) -> np.ndarray:
    counts = np.bincount(given)
    rates = draw.dirichlet(np.full(len(counts), 2.0))
    return np.minimum(rates * rate * counts.sum() / (rates * counts).sum(), 0.6)


def _most_alike(clean: Labelled, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """For each class the two others most like it (of two classes, twice the other)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    zh = clean.language == "zh"
    features = TfidfVectorizer(
        analyzer="char" if zh else "word", ngram_range=(1, 2) if zh else (1, 1), min_df=2, sublinear_tf=True
    ).fit_transform(clean.texts)
    centroids = normalize(
        np.stack([np.asarray(features[clean.given == k].mean(axis=0)).ravel() for k in range(classes)])
    )
    alike = centroids @ centroids.T
    np.fill_diagonal(alike, -1)
    order = np.argsort(-alike, axis=1, kind="stable")
    return order[:, 0], order[:, min(1, classes - 2)]
