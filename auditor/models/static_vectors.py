"""Static text vectors: means of word-piece vectors, or latent semantic analysis of TF-IDF features.

They need no forward pass: about ten thousand short texts per second on one core.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor.errors import SafetyError
from auditor.message import Text

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PACKAGE = "wordllama"
SHA256 = "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
"""SHA-256 of ``l2_supercat_256.safetensors`` in wordllama 0.4.0."""
LSA_DIMENSIONS, LSA_FIT_ROWS = 128, 50_000
_MAX_PIECES, _BATCH = 512, 2_000
_MAX_CHARACTERS = 8 * _MAX_PIECES
"""Maximum number of characters of a text that are tokenized; enough for `_MAX_PIECES` pieces of ordinary text."""


def packaged_vectors() -> Path | None:
    """The folder of the packaged word-piece vectors, or None; does not import the package."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations or find_spec("tokenizers") is None:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    return folder if _weights(folder).is_file() and _pieces(folder).is_file() else None


def static_vectors(texts: Sequence[str]) -> np.ndarray | None:
    """Mean-pooled word-piece vectors of texts in spaced scripts.

    The files of the package are read directly, because its loader does not find its tokenizer and tries the network.

    Returns:
        float32 (texts, 256), rows of unit length, zero for texts without word pieces; None if the package is missing.

    Raises:
        SafetyError: the weights are not the published ones.
    """
    folder = packaged_vectors()
    return None if folder is None else unit_rows(_sums(texts, folder))


def _sums(texts: Sequence[str], folder: Path) -> np.ndarray:
    """float32 (texts, 256): the sum of the vectors of each text's word pieces."""
    from safetensors.numpy import load_file
    from scipy.sparse import csr_matrix
    from tokenizers import Tokenizer

    _verify(_weights(folder))
    table = next(iter(load_file(_weights(folder)).values())).astype(np.float32)
    tokenizer = Tokenizer.from_file(str(_pieces(folder)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MAX_PIECES)
    vectors = np.empty((len(texts), table.shape[1]), np.float32)
    for start in range(0, len(texts), _BATCH):
        batch = [text[:_MAX_CHARACTERS] for text in texts[start : start + _BATCH]]
        encoded = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        pieces = [item.ids for item in encoded]
        ends = np.cumsum([0, *map(len, pieces)])
        flat = np.fromiter(chain.from_iterable(pieces), np.int32, int(ends[-1]))
        counts = csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=(len(pieces), len(table)))
        vectors[start : start + len(pieces)] = counts @ table
    return vectors


def word_vectors(words: Sequence[str]) -> np.ndarray | None:
    """Vectors of single words: unscaled sums of word-piece vectors, so that a text is close to the sum of its words.

    Returns:
        float32 (words, 256); None if the package is missing.

    Raises:
        SafetyError: the weights are not the published ones.
    """
    folder = packaged_vectors()
    return None if folder is None else _sums(words, folder)


def latent_vectors(features: csr_matrix, seed: int) -> np.ndarray | None:
    """Latent semantic analysis: a truncated SVD of TF-IDF features (Deerwester et al. 1990).

    Args:
        features: sparse (texts, terms).
        seed: seed of the randomized SVD.

    Returns:
        float32 (texts, `LSA_DIMENSIONS`), rows of unit length; None if there are too few texts or terms. With more than
        `LSA_FIT_ROWS` texts, the axes are fitted on a sample.
    """
    if min(features.shape) <= LSA_DIMENSIONS:
        return None
    rows = features.shape[0]
    sample = features
    if rows > LSA_FIT_ROWS:
        sample = features[np.sort(np.random.default_rng(seed).choice(rows, LSA_FIT_ROWS, replace=False))]
    return unit_rows(np.asarray(features @ latent_axes(sample, seed), np.float32))


def latent_axes(features: csr_matrix, seed: int) -> np.ndarray:
    """Axes of `latent_vectors`, float (terms, `LSA_DIMENSIONS`); needs more texts and terms than dimensions."""
    from sklearn.decomposition import TruncatedSVD

    return np.asarray(TruncatedSVD(LSA_DIMENSIONS, n_iter=3, random_state=seed).fit(features).components_.T)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to unit length; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def _weights(folder: Path) -> Path:
    return folder / "weights" / "l2_supercat_256.safetensors"


def _pieces(folder: Path) -> Path:
    return folder / "tokenizers" / "l2_supercat_tokenizer_config.json"


def _verify(weights: Path) -> None:
    with weights.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != SHA256:
            raise SafetyError(
                "The packaged word vectors are not the published ones.",
                where=str(weights),
                fix=Text("Reinstall {0}.", f"{PACKAGE}==0.4.0.post1"),
            )
