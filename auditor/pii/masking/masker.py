"""Replacement of personal data in texts, span by span.

Each masking method is a function of type and value alone, so that a value has one replacement in the whole corpus. The
spans of replacements are recorded: a later search of the masked text treats them as masked, even if a surrogate looks
like an address or a name.
"""

from __future__ import annotations

import bisect
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from auditor.config.settings import MaskWay, PrepareSettings
from auditor.pii.masking.key import Key, key_of_seed
from auditor.pii.masking.surrogates import surrogate
from auditor.text.normalise import normalize_for_matching

Span = tuple[int, int, str]
"""Start, end (characters, half open) and entity type."""
NUMBERS = re.compile(r"PHONE|MOBILE|LANDLINE|CARD|IBAN|SSN|ITIN|ACCOUNT|BANK|_ID|USCC|PASSPORT|PLATE|NHS|NINO|MAC_|QQ")
"""Types whose values mean the same with and without spaces and punctuation."""
TOKEN_BYTES = 8
LETTERS = "bcdfghjkmnpqrstv"
"""One a hexadecimal digit: a token without digits is taken for no number."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked text with its replacements.

    Attributes:
        inserted: spans in `text`, in order, with the type of the original; empty spans if it was removed.
        values: the original value of each span, for comparing texts in memory; never written.

    """

    text: str
    inserted: tuple[Span, ...] = ()
    values: tuple[str, ...] = field(default=(), repr=False)


class Masker:
    """Masks values by their type, consistently over a corpus.

    Args:
        settings: the masking methods.
        key: the key of pseudonyms and surrogates; None: a key from seed 0, for surrogates only.

    """

    def __init__(self, settings: PrepareSettings, key: Key | None = None) -> None:
        self._default = settings.mask
        self._ways = ways(settings)
        self.key = key or key_of_seed(0)

    def __call__(self, masked: Masked, spans: Iterable[Span]) -> Masked:
        """`masked` with `spans` of its text replaced as well; earlier replacements are retained.

        Overlapping spans are merged; the merged span has the type of the first.

        Raises:
            ValueError: a span lies outside the text.

        """
        text = masked.text
        values_of = masked.values or ("",) * len(masked.inserted)
        places = [(span, False, value) for span, value in zip(masked.inserted, values_of, strict=True)]
        places += [(piece, True, text[piece[0] : piece[1]]) for piece in _free(_joined(spans), masked.inserted, text)]
        parts: list[str] = []
        inserted: list[Span] = []
        values: list[str] = []
        position = length = 0
        for (start, end, entity), is_new, value in sorted(places):
            if not 0 <= start <= end <= len(text) or (is_new and start == end):
                raise ValueError(f"span {start}:{end} of {entity} lies outside a text of {len(text)} characters")
            new = self.replacement(entity, value) if is_new else text[start:end]
            parts += [text[position:start], new]
            length += start - position + len(new)
            inserted.append((length - len(new), length, entity))
            values.append(value)
            position = end
        return Masked("".join([*parts, text[position:]]), tuple(inserted), tuple(values))

    def replacement(self, entity: str, value: str) -> str:
        """The replacement of a value."""
        way = self.way(entity)
        if way == "mask":
            return "*" * len(value)
        if way == "redact":
            return ""
        if way in ("hmac", "surrogate"):
            digest = self.key.digest(entity, normalised(entity, value))
            invented = surrogate(entity, value, digest) if way == "surrogate" else _token(entity, digest)
            if invented is not None:
                return invented
        return f"<{entity}>"

    def way(self, entity: str) -> MaskWay:
        """The masking method of a type."""
        return self._ways.get(entity, self._default)


class TokenMasker(Masker):
    """Masks with one token per value, regardless of the settings, for columns whose values must stay distinct.

    Equal values get equal tokens, and different values different ones (64 bits of HMAC-SHA-256). Values are not
    normalised, so identifiers that differ only in case stay distinct.
    """

    def __init__(self, key: Key) -> None:
        super().__init__(PrepareSettings(mask="hmac"), key)

    def replacement(self, entity: str, value: str) -> str:
        """The token of a value."""
        return _token(entity, self.key.digest(entity, value))


def identity_word(entity: str, value: str) -> str:
    """A word of letters that is equal for equal values of a type, for comparing masked texts."""
    digest = hashlib.blake2b(f"{entity}\x1f{normalised(entity, value)}".encode("utf-8", "surrogatepass"), digest_size=8)
    return _letters(digest.digest())


def ways(settings: PrepareSettings) -> dict[str, MaskWay]:
    """The non-default masking methods, by type."""
    pairs = (item.partition("=") for item in settings.mask_entities)
    return {entity: way for entity, _, way in pairs}  # type: ignore[misc]  # the settings hold no other way


def normalised(entity: str, value: str) -> str:
    """A normal form that is equal for different notations of one value."""
    plain = normalize_for_matching(value)
    if not NUMBERS.search(entity):
        return plain
    plain = re.sub(r"[\W_]", "", plain)
    return plain[-11:] if entity == "CN_MOBILE" else plain


def mask_text(text: str, spans: Sequence[Span], how: MaskWay) -> str:
    """`text` with every span replaced; see `Masker`.

    Raises:
        ValueError: a span lies outside the text.

    """
    return Masker(PrepareSettings(mask=how))(Masked(text), spans).text


def _token(entity: str, digest: bytes) -> str:
    return f"<{entity}_{_letters(digest)}>"


def _letters(digest: bytes) -> str:
    return "".join(LETTERS[byte >> 4] + LETTERS[byte & 15] for byte in digest[:TOKEN_BYTES])


def _joined(spans: Iterable[Span]) -> list[Span]:
    result: list[Span] = []
    for start, end, entity in sorted(spans, key=lambda s: (s[0], -s[1])):
        if result and start < result[-1][1]:
            first = result[-1]
            result[-1] = (first[0], max(first[1], end), first[2])
        else:
            result.append((start, end, entity))
    return result


def _free(spans: Iterable[Span], inserted: Sequence[Span], text: str) -> list[Span]:
    """The spans; one that overlaps replacements is reduced to the parts outside them that contain a letter or digit."""
    starts, ends = [place[0] for place in inserted], [place[1] for place in inserted]
    free: list[Span] = []
    for start, end, entity in spans:
        met = inserted[bisect.bisect_right(ends, start) : bisect.bisect_left(starts, end)]
        if not met:
            free.append((start, end, entity))
            continue
        edges = [start, *(edge for place in met for edge in place[:2]), end]
        pieces = (_trimmed(low, high, text) for low, high in zip(edges[::2], edges[1::2], strict=True))
        free += [(*piece, entity) for piece in pieces if piece is not None]
    return free


def _trimmed(start: int, end: int, text: str) -> tuple[int, int] | None:
    """The span without leading and trailing characters other than letters and digits; None if it becomes empty."""
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return (start, end) if start < end else None
