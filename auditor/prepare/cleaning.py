"""The final text of every row: personal data masked first, on the text it was found in, then the text steps.

Masking first keeps the offsets of findings true. A step can bring to light what the audit could not see in the raw
text (``a&#64;b.org``), so texts that a step changed, in more than white space, are looked through and masked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from auditor.corpus.corpus import Corpus
from auditor.prepare.mask import Span
from auditor.prepare.steps import clean_text
from auditor.text.normalise import same_text

Recheck = Callable[[Sequence[str]], Sequence[Sequence[Span]]]
"""Spans to mask in each of some texts."""
Mask = Callable[[str, Sequence[Span]], str]
_ROUNDS = 5


@dataclass(frozen=True)
class Change:
    """What one step did to one row: its position, the step, the text before and after."""

    row: int
    step: str
    old: str
    new: str


@dataclass(frozen=True)
class Cleaned:
    """Final texts of the rows that change.

    Attributes:
        texts: final text by position.
        changes: by row, in the order in which they were done.
    """

    texts: Mapping[int, str] = field(default_factory=dict)
    changes: Mapping[int, Sequence[Change]] = field(default_factory=dict)

    def final(self, corpus: Corpus) -> list[str]:
        """The final text of every row."""
        texts = list(corpus.texts)
        for row, text in self.texts.items():
            texts[row] = text
        return texts


def clean_rows(
    corpus: Corpus, masked: Mapping[int, str], steps: Sequence[str], mask: Mask, recheck: Recheck | None
) -> Cleaned:
    """Mask, do the steps, look again.

    Args:
        corpus: the rows.
        masked: text with masks by position, for rows with spans.
        steps: names of the text steps.
        mask: puts masks over spans of a text.
        recheck: finds what to mask in texts that a step changed; None: nothing is masked.

    Raises:
        CheckError: the steps do not come to rest on a row.
    """
    changes: dict[int, list[Change]] = {}
    for row, text in masked.items():
        _note(changes, row, "mask", corpus.texts[row], text)
    stepped = [row for row in range(len(corpus)) if _do_steps(changes, row, corpus, steps)]
    for _ in range(_ROUNDS):
        if recheck is None or not stepped:
            break
        texts = [changes[row][-1].new for row in stepped]
        hit = [(r, t, s) for r, t, s in zip(stepped, texts, recheck(texts), strict=True) if s]
        for row, text, spans in hit:
            _note(changes, row, "mask", text, mask(text, spans))
        stepped = [row for row, _, _ in hit if _do_steps(changes, row, corpus, steps)]
    final = {row: done[-1].new for row, done in sorted(changes.items()) if done[-1].new != corpus.texts[row]}
    return Cleaned(final, {row: changes[row] for row in final})


def _do_steps(changes: dict[int, list[Change]], row: int, corpus: Corpus, steps: Sequence[str]) -> bool:
    text = changes[row][-1].new if row in changes else corpus.texts[row]
    done = clean_text(text, steps)
    for step, new in done:
        _note(changes, row, step, text, new)
        text = new
    return any(step != "whitespace" for step, _ in done)


def _note(changes: dict[int, list[Change]], row: int, step: str, old: str, new: str) -> None:
    if old != new:
        changes.setdefault(row, []).append(Change(row, step, old, new))


def text_keys(texts: Sequence[str]) -> np.ndarray:
    """int64, one a text: equal for equal texts after normalisation; a text without content equals no other."""
    digests = b"".join(hashlib.blake2b(same_text(t).encode("utf-8", "replace"), digest_size=16).digest() for t in texts)
    pairs = np.frombuffer(digests, np.dtype((np.void, 16)))
    _, keys = np.unique(pairs, return_inverse=True)
    keys = np.asarray(keys, np.int64).reshape(-1)
    empty = np.fromiter((not text.strip() for text in texts), bool, len(texts))
    keys[empty] = keys.max(initial=-1) + 1 + np.arange(int(empty.sum()))
    return keys


def joined_groups(*keys: np.ndarray) -> np.ndarray:
    """int64, one a row: rows that share a value in any of `keys` share a group (connected components)."""
    rows = len(keys[0])
    if rows == 0:
        return np.zeros(0, np.int64)
    edges, place = [], np.arange(rows)
    for key in keys:
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
        edges.append((order[1:][same], order[:-1][same]))
    a = np.concatenate([place, *(x for x, _ in edges)])
    b = np.concatenate([place, *(y for _, y in edges)])
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
