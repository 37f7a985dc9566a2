"""Names, places, addresses and groups by the project's own tagger (`names_model`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import CheckError
from auditor.pii.names.taggers import is_no_name, is_of_a_product
from auditor.pii.patterns.offline import missing
from auditor.pii.spans import Evidence, Span

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

    from auditor.pii.names.model import NamesModel

WEIGHTS = Path(__file__).with_name("names.safetensors")
ENTITIES = {
    "PERSON": "PERSON",
    "LOCATION": "LOCATION",
    "ADDRESS": "STREET_ADDRESS",
    "NRP": "NRP",
    "DATE": "DATE_TIME",
}
"""The tagger's kinds as the project's types; organisations are learned only to distinguish them from the others."""
LEAST = {"PERSON": 0.65, "LOCATION": 0.6, "ADDRESS": 0.6, "NRP": 0.7, "DATE": 0.7}
"""Minimum mean probability of a span's tags, by kind; set by hand, not on a held-out set."""
UNSURE_OUTSIDE = 0.05
"""Factor on the probability of no name if uncertain names are requested; set by hand."""
UNSURE_ENTITIES = {**ENTITIES, "ORG": "ORGANIZATION"}
"""The tagger may confuse a firm and a person of the same name."""
EDGES = re.compile(r"(?:['’]s\s|[\W_])*([^\W_](?:.*[^\W_])?)", re.S)
BATCH_TOKENS = 512
"""Tokens per batch, including padding: larger batches are not faster and need more padding."""
OVERLAP = 24
"""Tokens that neighbouring windows of a long line share."""


_Window = tuple[int, list[int], list[tuple[int, int]]]
"""Text, tokens and their offsets; (0, 0) for special tokens."""


class BertTagger:
    """The project's tagger.

    Raises:
        CheckError: torch, tokenizers, the packaged BERT or the tagger's weights are not installed.

    """

    entities = tuple(sorted(ENTITIES.values()))

    def __init__(self) -> None:
        self._model, self._tokenizer = _load()
        self.name = f"auditor names 2, {str(self._model.head.weight.dtype).removeprefix('torch.')}"

    def spans(self, texts: Sequence[str], *, unsure: bool = False) -> list[list[Span]]:
        """Names, places, addresses and groups in each text; see `ENTITIES`, with `unsure` `UNSURE_ENTITIES`.

        Dates are not names: only certain dates are returned.
        """
        found: list[list[Span]] = [[] for _ in texts]
        for batch in _batches(sorted(self._windows(texts), key=lambda window: (len(window[1]), window[0], window[2]))):
            for (number, _, offsets), probabilities in zip(batch, self._probabilities(texts, batch), strict=True):
                found[number] += _decode(texts[number], offsets, probabilities, unsure)
        return found

    def _windows(self, texts: Sequence[str]) -> Iterator[_Window]:
        first, last = self._tokenizer.encode("").ids
        for number, text in enumerate(texts):
            encoded = self._tokenizer.encode(text, add_special_tokens=False)
            tokens, offsets = encoded.ids, encoded.offsets
            for start, stop in _cuts(text, offsets):
                yield number, [first, *tokens[start:stop], last], [(0, 0), *offsets[start:stop], (0, 0)]

    def _probabilities(self, texts: Sequence[str], batch: Sequence[_Window]) -> Iterator[np.ndarray]:
        """Tag probabilities, float32 (tokens, tags), of each window."""
        import torch

        from auditor.pii.names.model import shapes_of

        width = max(len(tokens) for _, tokens, _ in batch)
        tokens = torch.zeros(len(batch), width, dtype=torch.long)
        shapes = torch.zeros(len(batch), width, dtype=torch.long)
        for row, (number, numbers, offsets) in enumerate(batch):
            tokens[row, : len(numbers)] = torch.tensor(numbers)
            shapes[row, : len(numbers)] = torch.tensor(shapes_of(texts[number], offsets))
        with torch.inference_mode():
            scores = self._model(tokens, shapes, (tokens != 0).long())
        for row, (_, numbers, _) in enumerate(batch):
            yield scores[row, : len(numbers)].float().softmax(-1).numpy()


def _batches(windows: Sequence[_Window]) -> Iterator[Sequence[_Window]]:
    """Windows, ascending in length, in batches of about `BATCH_TOKENS`."""
    batch: list[_Window] = []
    for window in windows:
        if batch and len(window[1]) * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _cuts(text: str, offsets: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Token ranges of windows: they end before their last partial line, or overlap within a long line."""
    from auditor.pii.names.model import MAX_TOKENS

    room, start = MAX_TOKENS - 2, 0
    while start < len(offsets):
        stop = start + room
        if stop >= len(offsets):
            yield start, len(offsets)
            return
        line = next((cut for cut in range(stop, start + room // 2, -1) if _begins_line(text, offsets, cut)), None)
        yield start, line or stop
        start = line or stop - OVERLAP


def _begins_line(text: str, offsets: Sequence[tuple[int, int]], token: int) -> bool:
    return "\n" in text[offsets[token - 1][1] : offsets[token][0]]


@lru_cache(maxsize=1)
def _load() -> tuple[NamesModel, Tokenizer]:
    try:
        import torch
        from safetensors.torch import load_file

        from auditor.models.hardware import half_precision
        from auditor.pii.names.model import merge, new_model
    except ImportError as error:
        raise missing(error.name or "torch") from None
    if not WEIGHTS.is_file():
        raise CheckError(
            "The weights of the name tagger are missing.", where=WEIGHTS.name, fix="Install auditor again."
        )
    model, tokenizer = new_model()
    state = {name: value.float() for name, value in load_file(WEIGHTS).items()}
    unknown = set(state) ^ set(model.trained())
    if unknown:
        raise CheckError(
            "The weights of the name tagger do not fit it.", where=WEIGHTS.name, fix="Install auditor again."
        )
    model.load_state_dict(state, strict=False)
    return merge(model, torch.bfloat16 if half_precision("cpu") else torch.float32).eval(), tokenizer


def _decode(text: str, offsets: Sequence[tuple[int, int]], probabilities: np.ndarray, unsure: bool) -> Iterator[Span]:
    """Spans of whole words from the tags of one window; the best tag of each token, pieces of a word joined."""
    import numpy as np

    from auditor.pii.names.model import TAGS

    kinds = ["O" if tag == "O" else tag[2:] for tag in TAGS]
    if unsure:
        probabilities = probabilities * np.where(np.array(kinds) == "O", UNSURE_OUTSIDE, 1.0)
    best = probabilities.argmax(-1)
    sure = probabilities.max(-1)
    run: list[int] = []
    for token in [*range(len(offsets)), len(offsets)]:
        kind = kinds[best[token]] if token < len(offsets) and offsets[token][0] < offsets[token][1] else "O"
        if run:
            same = kind == kinds[best[run[0]]]
            begins = same and TAGS[best[token]].startswith("B") and not _inside_word(text, offsets[token][0])
            if same and not begins:
                run.append(token)
                continue
            start, end, tag_kind = offsets[run[0]][0], offsets[run[-1]][1], kinds[best[run[0]]]
            probability = float(sure[run].mean())
            if (unsure and tag_kind != "DATE") or (tag_kind in ENTITIES and probability >= LEAST[tag_kind]):
                yield from _span(text, start, end, tag_kind, probability)
            run = []
        if kind != "O":
            run = [token]


def _inside_word(text: str, place: int) -> bool:
    return place > 0 and text[place - 1].isalnum() and text[place].isalnum()


def _span(text: str, start: int, end: int, kind: str, probability: float) -> Iterator[Span]:
    """The span at word boundaries, without surrounding quotes and brackets; None if it cannot be of its kind."""
    while start > 0 and _inside_word(text, start):
        start -= 1
    while end < len(text) and _inside_word(text, end):
        end += 1
    edges = EDGES.match(text[start:end])
    if edges is None:
        return
    start, end = start + edges.start(1), start + edges.end(1)
    if kind == "ADDRESS" and not (re.search("[0-9]", text[start:end]) and re.search(r"[^\W\d_]{2}", text[start:end])):
        return
    if is_no_name(text[start:end]) or (kind == "NRP" and is_of_a_product(text, end)):
        return
    yield Span(start, end, UNSURE_ENTITIES[kind], round(probability, 3), Evidence.NER)
