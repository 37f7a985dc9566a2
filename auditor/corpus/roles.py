"""Which column is what: inferred from content and names, printed with the reason, and overridable one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.asked import asked_fields, asked_labels, require_column
from auditor.corpus.cells import is_text
from auditor.corpus.column_facts import MAX_CLASSES, ColumnFacts, facts_of
from auditor.corpus.corpus import ROLES, TOKEN_ROLES, Roles
from auditor.corpus.infer_annotators import annotator_columns
from auditor.corpus.infer_shape import Facts, infer_shape
from auditor.corpus.role_names import fit_of, is_circumstance
from auditor.corpus.sample import distinct_rows, nothing
from auditor.corpus.shape import ONE_TEXT, Shape, ShapeKind
from auditor.corpus.splits import part_of
from auditor.errors import InputError
from auditor.message import Message, message

BY_NAME = message("reason.by_name")
LIKELY = message("reason.likely_by_name")
ASKED = message("reason.asked")
"""Why a column was taken for a role, where its name says so."""
_SURE = 1.0
"""From this fit on (`fit_of`), a name and fitting content together decide."""
_MIN_ROWS = 20
"""Rows from which content alone may speak for a label."""
_MOST = 0.8
"""Share of rows with as many tags as words from which a column holds tags."""
_ITEMS = 0.75
"""Different texts a row up to which rows are labels of several annotators, where a column names them."""
_TOGETHER = 3
"""0/1 columns side by side from which they are labels; two, where a name says so."""


@dataclass(frozen=True)
class Inferred:
    """What was found out about the columns.

    Attributes:
        roles: which column is what.
        shape: which columns make the text.
        label_columns: 0/1 columns, one a label; empty where the label role names the only one.
        annotator_columns: columns of labels, one an annotator, or a nested one of all.
        facts: of the columns, by name.
    """

    roles: Roles
    shape: Shape = ONE_TEXT
    label_columns: tuple[str, ...] = ()
    annotator_columns: tuple[str, ...] = ()
    facts: Mapping[str, ColumnFacts] = field(default_factory=dict, repr=False)


def infer_roles(table: pa.Table, settings: CorpusSettings, forget: Callable[[], None] = nothing) -> Inferred:
    """Choose columns for each role.

    Args:
        table: may be views of mapped files.
        settings: roles asked for.
        forget: see `auditor.corpus.sample.pieces_of`.

    Raises:
        InputError: a column asked for does not exist, or none can be the text.
    """
    facts = facts_of(table, forget)
    chosen: dict[str, str] = {}
    reasons: dict[str, Message] = {}
    fields = asked_fields(table, settings)
    labels = asked_labels(table, settings)
    for name in settings.annotators:
        require_column(table, name, "annotator")
    for role in (*ROLES, *TOKEN_ROLES):
        asked = getattr(settings, role)
        if asked is None or (role == "text" and fields) or (role == "label" and labels):
            continue
        require_column(table, asked, role)
        chosen[role], reasons[role] = asked, ASKED
    found = _Search(facts, chosen, reasons, settings)
    shape = _shape(facts, fields, settings, chosen)
    if shape.is_composed:
        chosen["text"] = shape.name
        reasons["text"] = ASKED if fields else message(f"reason.shape.{shape.kind}")
        found.taken |= set(shape.columns)
    annotators = settings.annotators or annotator_columns(facts, found.taken)
    found.taken |= set(annotators)
    found.tokens(shape.columns[0] if shape.kind is ShapeKind.WORDS else None)
    if "text" not in chosen:
        found.text()
    for search in (found.split, found.date, found.id, found.source):
        search()
    if not annotators:
        found.annotator(table, shape.columns or (chosen["text"],), forget)
    if not labels and "label" not in chosen:
        labels = found.label()
    if labels:
        chosen["label"] = " + ".join(labels)
        reasons.setdefault(
            "label",
            ASKED if settings.label or settings.label_columns else message("reason.binary_columns", len(labels)),
        )
    if not shape.is_composed and not is_text(table.column(chosen["text"]).type):
        raise InputError(
            f"The text column {chosen['text']!r} holds no texts but {table.column(chosen['text']).type}.",
            where="text column",
            fix="Name a text column with --text; decode binary columns first.",
        )
    order = {role: chosen[role] for role in (*ROLES, *TOKEN_ROLES) if role in chosen}
    return Inferred(Roles(**order, reasons=reasons), shape, labels, annotators, facts)


def _shape(
    facts: Facts, asked: Sequence[tuple[str, str]], settings: CorpusSettings, chosen: Mapping[str, str]
) -> Shape:
    """The shape asked for, or the one that the columns speak for."""
    if asked:
        fields, keys = tuple(name for name, _ in asked), tuple(key for _, key in asked)
        json_columns = tuple(name for name in fields if facts[name].is_json)
        kind = ShapeKind(settings.shape) if settings.shape != "auto" else _usual_kind(facts, fields)
        return Shape(kind, fields, json_columns, keys if any(keys) else ())
    if settings.text is not None or settings.shape == "text":
        return ONE_TEXT
    shape = infer_shape(facts, set(chosen.values()))
    if settings.shape not in ("auto", shape.kind.value):
        raise InputError(
            f"The columns do not have the shape {settings.shape!r}.",
            where=f"corpus.shape; columns {', '.join(facts)}",
            fix="Name its columns in order, as in --text question,answer.",
        )
    return shape


def _usual_kind(facts: Facts, fields: Sequence[str]) -> ShapeKind:
    """The shape of columns that were named in an order."""
    shape = infer_shape({name: facts[name] for name in fields}, ())
    return shape.kind if shape.columns == tuple(fields) else ShapeKind.COLUMNS


class _Search:
    """Looks for the column of one role after the other."""

    def __init__(
        self, facts: Facts, chosen: dict[str, str], reasons: dict[str, Message], settings: CorpusSettings
    ) -> None:
        self.facts = facts
        self.chosen = chosen
        self.reasons = reasons
        self.settings = settings
        self.taken = set(chosen.values())

    def _take(self, role: str, column: str, why: Message) -> None:
        self.chosen[role], self.reasons[role] = column, why
        self.taken.add(column)

    def _best(self, role: str, fits: Callable[[ColumnFacts], bool], least: float = _SURE) -> tuple[str, float] | None:
        """The fitting column whose name fits best, the first among equals."""
        found = [
            (name, fit)
            for name, one in self.facts.items()
            if name not in self.taken and (fit := fit_of(name, role)) >= least and fits(one)
        ]
        return max(found, key=lambda item: item[1], default=None)

    def tokens(self, words: str | None = None) -> None:
        """Lists of words, and lists of as many tags.

        Args:
            words: the column of the words, where it is known.
        """
        words = words or self.chosen.get("tokens") or self._name_of(self._best("tokens", lambda one: one.is_words))
        if words is None:
            return
        lengths = _lengths(self.facts[words])

        def fits(one: ColumnFacts) -> bool:
            is_named = fit_of(one.name, "tags") >= 3.0  # rows that do not fit are found by the check of labels
            return one.is_tags and (is_named or _share_equal(_lengths(one), lengths) >= _MOST)

        self.taken.add(words)
        tags = self.chosen.get("tags") or self._name_of(self._best("tags", fits))
        if tags is None:
            return
        for role, column in (("tokens", words), ("tags", tags)):
            if role not in self.chosen:
                self._take(role, column, BY_NAME)

    @staticmethod
    def _name_of(found: tuple[str, float] | None) -> str | None:
        return None if found is None else found[0]

    def text(self) -> None:
        """Running text; among several, names and lengths decide together."""
        texts = {name: one for name, one in self.facts.items() if name not in self.taken and one.is_text}
        running = {name: one for name, one in texts.items() if one.is_running_text}
        usable = running or {n: one for n, one in texts.items() if one.texts and not (one.is_date or one.is_link)}
        if not usable:
            usable = texts
        if not usable:
            raise InputError(
                "No column can be the text.",
                where=f"columns {', '.join(self.facts)}",
                fix="Name it with --text COLUMN.",
            )
        scores = {name: _text_score(one) for name, one in usable.items()}
        best = max(scores, key=lambda name: scores[name])
        self._take("text", best, BY_NAME if fit_of(best, "text") >= _SURE else message("reason.longest"))

    def split(self) -> None:
        """The part a row is in: by the column's name, or by values that all name parts, train among them."""
        if "split" in self.chosen:
            return
        given = self.settings.split_parts()
        by_name = self._best("split", lambda one: any(part_of(text, given) for text in set(one.texts)), 2.0)
        if by_name is not None:
            self._take("split", by_name[0], BY_NAME)
            return
        for name, one in self.facts.items():
            parts = {part_of(text) for text in set(one.texts)} if name not in self.taken and one.is_split else set()
            if "train" in parts and None not in parts:  # dev and test alone may be environments
                self._take("split", name, message("reason.names_parts"))
                return

    def date(self) -> None:
        """Values that are dates; numbers only under a name that says so."""
        if "date" in self.chosen:
            return

        def fits(one: ColumnFacts) -> bool:
            if one.is_date or one.is_epoch or one.is_serial or _are_years(one):
                return True
            is_short = one.is_text and one.length <= 40
            return is_short and (fit_of(one.name, "date") >= 3.0 or one.readable_dates >= 0.5)

        by_name = self._best("date", fits)
        if by_name is not None:
            self._take("date", by_name[0], BY_NAME)
            return
        dates = [name for name, one in self.facts.items() if name not in self.taken and one.is_date]
        if (len(dates) == 1 and fit_of(dates[0], "date") > 0) or [*map(self._is_stamp, dates)] == [True]:
            self._take("date", dates[0], message("reason.dates"))

    def _is_stamp(self, name: str) -> bool:
        return bool(pa.types.is_timestamp(self.facts[name].kind))

    def id(self) -> None:
        """A name of its own for every row."""
        if "id" in self.chosen:
            return
        found = self._best("id", lambda one: one.is_unique and not one.is_running_text)
        if found is not None:
            self._take("id", found[0], BY_NAME)

    def source(self) -> None:
        """Where rows come from: few names under a usual name."""
        if "source" in self.chosen:
            return

        def fits(one: ColumnFacts) -> bool:
            return one.is_text and one.numbers is None and one.distinct <= max(20, one.rows // 10)

        found = self._best("source", fits, 3.0)
        if found is not None:
            self._take("source", found[0], BY_NAME)

    def annotator(self, table: pa.Table, texts: Sequence[str], forget: Callable[[], None]) -> None:
        """Who labelled a row: a usual name, few different values, and texts that repeat from one to the next."""
        if "annotator" in self.chosen or not all(is_text(table.schema.field(name).type) for name in texts):
            return
        found = self._best("annotator", lambda one: not one.is_nested and 2 <= one.distinct <= one.rows // 2, 2.0)
        if found is None:
            return
        if distinct_rows([table.column(name) for name in texts], forget) <= _ITEMS * len(table):
            self._take("annotator", found[0], BY_NAME)

    def label(self) -> tuple[str, ...]:
        """The label: by name and fitting content; 0/1 columns side by side; the only column of classes.

        Returns:
            The 0/1 columns where they are labels together.
        """
        named = self._best("label", self._can_be_label)
        binary = self._binary_columns()
        if named is not None and (named[0] not in binary or (named[1] >= 2.0 and len(binary) < _TOGETHER)):
            self._take("label", named[0], BY_NAME if named[1] >= 2.0 else LIKELY)
            return ()
        if binary:
            return binary
        other = ("split", "source", "group", "id", "date")
        classes = [
            name
            for name, one in self.facts.items()
            if name not in self.taken and one.is_repeating and all(fit_of(name, role) < 2.0 for role in other)
        ]
        filled = [n for n, one in self.facts.items() if one.present > 0 and n not in self.taken]
        if len(classes) == 1 and len(filled) == 1 and self.facts[classes[0]].rows >= _MIN_ROWS:
            one = self.facts[classes[0]]
            self._take("label", classes[0], message("reason.classes", one.distinct))
        return ()

    def _can_be_label(self, one: ColumnFacts) -> bool:
        if pa.types.is_binary(one.kind) or one.is_messages:
            return False
        if one.is_nested:  # beside words, lists of labels are their tags
            return one.is_tags and "tokens" not in self.chosen
        if one.is_json:
            return True
        if one.is_score:
            return True
        many = one.distinct > max(20, one.rows // 2)
        return not many and not one.is_date and not (one.is_running_text and one.distinct > MAX_CLASSES)

    def _binary_columns(self) -> tuple[str, ...]:
        """0/1 columns side by side, but for those that say how a row came about (``is_retweet``, ``verified``)."""
        runs: list[list[str]] = [[]]
        for name, one in self.facts.items():
            is_free = name not in self.taken and one.is_binary and one.present > 0
            if is_free and fit_of(name, "id") < _SURE and not is_circumstance(name):
                runs[-1].append(name)
            elif runs[-1]:
                runs.append([])
        longest = max(runs, key=len)
        by_name = len(longest) > 1 and any(fit_of(name, "label") >= _SURE for name in longest)
        return tuple(longest) if len(longest) >= _TOGETHER or by_name else ()


def _share_equal(one: Sequence[int], two: Sequence[int]) -> float:
    same = sum(a == b for a, b in zip(one, two, strict=False))
    return same / max(len(one), len(two), 1)


def _lengths(one: ColumnFacts) -> list[int]:
    return [len(value) for value in one.values if isinstance(value, list)]


def _are_years(one: ColumnFacts) -> bool:
    numbers = one.numbers
    return (
        numbers is not None
        and one.is_whole
        and len(numbers) > 0
        and bool(((numbers >= 1500) & (numbers <= 2200)).all())
    )


def _text_score(one: ColumnFacts) -> float:
    """A usual name is worth as much as ten times the length."""
    return fit_of(one.name, "text") + min(math.log10(1 + one.length), 3.0) + (0.5 if one.present > 0.5 else 0.0)
