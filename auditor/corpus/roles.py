"""Infer the role of each column from its content and name, with a reason; each role can be overridden."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.cells import is_text
from auditor.corpus.column_facts import MAX_CLASSES, ColumnFacts, facts_of
from auditor.corpus.corpus import ROLES, TOKEN_ROLES, Roles
from auditor.corpus.infer_annotators import annotator_columns
from auditor.corpus.infer_shape import Facts, infer_shape
from auditor.corpus.requested_columns import requested_fields, requested_labels, require_column
from auditor.corpus.role_names import fit_of, is_circumstance, is_excluded, is_explicit_label, is_named_text
from auditor.corpus.sample import distinct_rows, do_nothing
from auditor.corpus.shape import ONE_TEXT, Shape, ShapeKind
from auditor.corpus.splits import part_of
from auditor.errors import InputError
from auditor.message import Message, message

BY_NAME = message("reason.by_name")
LIKELY = message("reason.likely_by_name")
REQUESTED = message("reason.asked")
"""Reasons for the choice of a column."""
_SURE = 1.0
"""Fit of a name (`fit_of`) from which it decides together with fitting content."""
_EXPLICIT = 3.0
"""Fit of a name from which a column with a single value, or none, is a label."""
_MIN_ROWS = 20
"""Smallest number of rows for choosing a label by content alone."""
_CODE_LENGTH = 2.0
_UNNAMED = re.compile(r"column_\d+")  # of columns without a header
_MIN_MATCHING = 0.8
"""Smallest share of rows with equally many tags and words for a column to contain tags."""
_MAX_DISTINCT_TEXTS = 0.75
"""Largest ratio of distinct texts to rows if a column names the annotators of the rows."""
_MIN_BINARY = 3
"""Smallest number of adjacent 0/1 columns that are labels together; two if a name says so."""


@dataclass(frozen=True)
class InferredColumns:
    """Roles and shape inferred from the columns.

    Attributes:
        roles: the column of each role.
        shape: the columns that make up the text.
        label_columns: 0/1 columns, one per label; empty if the label role names a single column.
        annotator_columns: label columns, one per annotator, or one nested column.
        facts: facts about the columns, by name.
    """

    roles: Roles
    shape: Shape = ONE_TEXT
    label_columns: tuple[str, ...] = ()
    annotator_columns: tuple[str, ...] = ()
    facts: Mapping[str, ColumnFacts] = field(default_factory=dict, repr=False)


def infer_roles(
    table: pa.Table, settings: CorpusSettings, release_pages: Callable[[], None] = do_nothing
) -> InferredColumns:
    """Choose a column for each role.

    Args:
        table: its columns may be views of memory-mapped files.
        settings: requested roles.
        release_pages: see `auditor.corpus.sample.pieces_of`.

    Raises:
        InputError: a requested column does not exist, or no column can be the text.
    """
    facts = facts_of(table, release_pages)
    chosen: dict[str, str] = {}
    reasons: dict[str, Message] = {}
    fields = requested_fields(table, settings)
    labels = requested_labels(table, settings)
    for name in settings.annotators:
        require_column(table, name, "annotator")
    for role in (*ROLES, *TOKEN_ROLES):
        requested = getattr(settings, role)
        if requested is None or (role == "text" and fields) or (role == "label" and labels):
            continue
        require_column(table, requested, role)
        chosen[role], reasons[role] = requested, REQUESTED
    finder = _RoleFinder(facts, chosen, reasons, settings)
    shape = _shape(facts, fields, settings, chosen)
    if shape.is_composed:
        chosen["text"] = shape.name
        reasons["text"] = REQUESTED if fields else message(f"reason.shape.{shape.kind}")
        finder.taken |= set(shape.columns)
    annotators = settings.annotators or annotator_columns(facts, finder.taken)
    finder.taken |= set(annotators)
    finder.tokens(shape.columns[0] if shape.kind is ShapeKind.WORDS else None)
    if "text" not in chosen:
        finder.text()
    for search in (finder.split, finder.date, finder.id, finder.source):
        search()
    if not annotators:
        finder.annotator(table, shape.columns or (chosen["text"],), release_pages)
    if not labels and "label" not in chosen:
        labels = finder.label(shape.kind)
    if labels:
        chosen["label"] = " + ".join(labels)
        reasons.setdefault(
            "label",
            REQUESTED if settings.label or settings.label_columns else message("reason.binary_columns", len(labels)),
        )
    if not shape.is_composed and not is_text(table.column(chosen["text"]).type):
        raise InputError(
            f"The text column {chosen['text']!r} contains {table.column(chosen['text']).type}, not text.",
            where="text column",
            fix="Name a text column with --text; decode binary columns first.",
        )
    order = {role: chosen[role] for role in (*ROLES, *TOKEN_ROLES) if role in chosen}
    return InferredColumns(Roles(**order, reasons=reasons), shape, labels, annotators, facts)


def _shape(
    facts: Facts, requested: Sequence[tuple[str, str]], settings: CorpusSettings, chosen: Mapping[str, str]
) -> Shape:
    """The requested shape, or the one inferred from the columns."""
    if requested:
        fields, keys = tuple(name for name, _ in requested), tuple(key for _, key in requested)
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
    """The shape of columns that the user listed in an order."""
    shape = infer_shape({name: facts[name] for name in fields}, ())
    return shape.kind if shape.columns == tuple(fields) else ShapeKind.COLUMNS


class _RoleFinder:
    """Chooses the column of one role after the other; a chosen column is not considered again."""

    def __init__(
        self, facts: Facts, chosen: dict[str, str], reasons: dict[str, Message], settings: CorpusSettings
    ) -> None:
        self.facts = facts
        self.chosen = chosen
        self.reasons = reasons
        self.settings = settings
        self.taken = set(chosen.values())

    def _assign(self, role: str, column: str, why: Message) -> None:
        self.chosen[role], self.reasons[role] = column, why
        self.taken.add(column)

    def _best(self, role: str, fits: Callable[[ColumnFacts], bool], least: float = _SURE) -> tuple[str, float] | None:
        """The fitting column whose name fits best; the first one of equals."""
        finder = [
            (name, fit)
            for name, facts in self.facts.items()
            if name not in self.taken and (fit := fit_of(name, role)) >= least and fits(facts)
        ]
        return max(finder, key=lambda item: item[1], default=None)

    def tokens(self, words: str | None = None) -> None:
        """Choose lists of words, and lists of equally many tags.

        Args:
            words: the column of the words, if known.
        """
        words = words or self.chosen.get("tokens") or self._name_of(self._best("tokens", lambda facts: facts.is_words))
        if words is None:
            return
        lengths = _lengths(self.facts[words])

        def fits(facts: ColumnFacts) -> bool:
            is_named = fit_of(facts.name, "tags") >= 3.0  # the label check finds rows of unequal lengths
            return facts.is_tags and (is_named or _share_equal(_lengths(facts), lengths) >= _MIN_MATCHING)

        self.taken.add(words)
        tags = self.chosen.get("tags") or self._name_of(self._best("tags", fits))
        if tags is None:
            return
        for role, column in (("tokens", words), ("tags", tags)):
            if role not in self.chosen:
                self._assign(role, column, BY_NAME)

    @staticmethod
    def _name_of(finder: tuple[str, float] | None) -> str | None:
        return None if finder is None else finder[0]

    def text(self) -> None:
        """Choose the text: running text, by name and length if there are several."""
        texts = {name: facts for name, facts in self.facts.items() if name not in self.taken and facts.is_text}
        running = {name: facts for name, facts in texts.items() if facts.is_running_text}
        if not running:
            self._require_no_binary_text()
        filled = {n: facts for n, facts in texts.items() if facts.texts and not (facts.is_date or facts.is_link)}
        usable = running or self._empty_texts() or filled or texts
        if not usable:
            raise InputError(
                "No column can be the text.",
                where=f"columns {', '.join(self.facts)}",
                fix="Name it with --text COLUMN.",
            )
        best = max(usable, key=lambda name: _text_score(usable[name]))
        self._assign("text", best, BY_NAME if fit_of(best, "text") >= _SURE else message("reason.longest"))

    def _empty_texts(self) -> dict[str, ColumnFacts]:
        """The columns named like a text, if all are empty: one of them is the text, and not the label beside it."""
        named = {n: facts for n, facts in self.facts.items() if n not in self.taken and is_named_text(n)}
        return {} if any(facts.values for facts in named.values()) else named

    def _require_no_binary_text(self) -> None:
        """Refuse texts stored as bytes, in whose place another column would be taken."""
        for name, facts in self.facts.items():
            is_bytes = pa.types.is_binary(facts.kind) or pa.types.is_large_binary(facts.kind)
            if is_bytes and name not in self.taken and is_named_text(name):
                raise InputError(
                    f"The column {name!r} is named like a text and contains bytes.",
                    where="text column",
                    fix="Decode binary columns first, or name another text column with --text.",
                )

    def split(self) -> None:
        """Choose the split, by its name, or if all of its values name parts, including train."""
        if "split" in self.chosen:
            return
        given = self.settings.split_parts()
        by_name = self._best("split", lambda facts: any(part_of(text, given) for text in set(facts.texts)), 2.0)
        if by_name is not None:
            self._assign("split", by_name[0], BY_NAME)
            return
        for name, facts in self.facts.items():
            if name in self.taken or not facts.is_split or facts.length <= _CODE_LENGTH:
                continue  # tr, te and va may be languages
            parts = {part_of(text) for text in set(facts.texts)}
            if "train" in parts and None not in parts:  # dev and test without train may be environments
                self._assign("split", name, message("reason.names_parts"))
                return

    def date(self) -> None:
        """Choose the date: values that are dates; numbers only if the name says so."""
        if "date" in self.chosen:
            return

        def fits(facts: ColumnFacts) -> bool:
            if facts.is_date or facts.is_epoch or facts.is_serial or _are_years(facts):
                return True
            is_short = facts.is_text and facts.length <= 40
            return is_short and (fit_of(facts.name, "date") >= 3.0 or facts.readable_dates >= 0.5)

        by_name = self._best("date", fits)
        if by_name is not None:
            self._assign("date", by_name[0], BY_NAME)
            return
        dates = [name for name, facts in self.facts.items() if name not in self.taken and facts.is_date]
        is_told = len(dates) == 1 and (fit_of(dates[0], "date") > 0 or self._has_no_names)
        if is_told or [*map(self._is_stamp, dates)] == [True]:
            self._assign("date", dates[0], message("reason.dates"))

    @property
    def _has_no_names(self) -> bool:
        return all(map(_UNNAMED.fullmatch, self.facts))

    def _is_stamp(self, name: str) -> bool:
        return bool(pa.types.is_timestamp(self.facts[name].kind))

    def id(self) -> None:
        """Choose the id: unique values under a common name."""
        if "id" in self.chosen:
            return
        finder = self._best("id", lambda facts: facts.is_unique and not facts.is_running_text)
        if finder is not None:
            self._assign("id", finder[0], BY_NAME)

    def source(self) -> None:
        """Choose the source: few distinct values under a common name."""
        if "source" in self.chosen:
            return

        def fits(facts: ColumnFacts) -> bool:
            return facts.is_text and facts.numbers is None and facts.distinct <= max(20, facts.rows // 10)

        finder = self._best("source", fits, 3.0)
        if finder is not None:
            self._assign("source", finder[0], BY_NAME)

    def annotator(self, table: pa.Table, texts: Sequence[str], release_pages: Callable[[], None]) -> None:
        """Choose the annotator: few distinct values under a common name, and texts that repeat between annotators."""
        if "annotator" in self.chosen or not all(is_text(table.schema.field(name).type) for name in texts):
            return
        finder = self._best(
            "annotator", lambda facts: not facts.is_nested and 2 <= facts.distinct <= facts.rows // 2, 2.0
        )
        if finder is None:
            return
        if distinct_rows([table.column(name) for name in texts], release_pages) <= _MAX_DISTINCT_TEXTS * len(table):
            self._assign("annotator", finder[0], BY_NAME)

    def label(self, shape: ShapeKind = ShapeKind.TEXT) -> tuple[str, ...]:
        """Choose the label: by name and content, adjacent 0/1 columns, or the only column of classes.

        Args:
            shape: the shape of the rows; what a pair has beside its texts is a judgement of them.

        Returns:
            The 0/1 columns if they are the labels.
        """
        named = self._named_label()
        binary = self._binary_columns()
        is_few = len(binary) < _MIN_BINARY and named is not None and named[1] >= 2.0
        if named is not None and (named[0] not in binary or is_few or is_explicit_label(named[0])):
            self._assign("label", named[0], BY_NAME if named[1] >= 2.0 else LIKELY)
            return ()
        if binary:
            return binary
        other = ("split", "source", "group", "id", "date")
        classes = [
            name
            for name, facts in self.facts.items()
            if name not in self.taken and facts.is_repeating and all(fit_of(name, role) < 2.0 for role in other)
            if not is_excluded(name, "label")
        ]
        filled = [n for n, facts in self.facts.items() if facts.present > 0 and n not in self.taken]
        is_only = len(filled) == 1 or shape is ShapeKind.PAIR or self._has_no_names
        if len(classes) == 1 and is_only and self.facts[classes[0]].rows >= _MIN_ROWS:
            facts = self.facts[classes[0]]
            self._assign("label", classes[0], message("reason.classes", facts.distinct))
        return ()

    def _named_label(self) -> tuple[str, float] | None:
        """The column whose name fits the label best; of equals one that is called a label, or stands by the text."""
        nest = self.chosen["text"].rpartition(".")[0]
        fits = {name: fit_of(name, "label") for name in self.facts if name not in self.taken}
        rank = {name: fit + 0.5 * is_explicit_label(name) for name, fit in fits.items()}
        rank |= {name: rank[name] + 2.0 for name in fits if nest and name.startswith(f"{nest}.")}
        usable = [name for name, fit in fits.items() if fit >= _SURE and self._can_be_label(self.facts[name])]
        best = max(usable, key=lambda name: (self.facts[name].present > 0, rank[name]), default=None)
        return None if best is None else (best, fits[best])

    def _can_be_label(self, facts: ColumnFacts) -> bool:
        if pa.types.is_binary(facts.kind) or facts.is_messages:
            return False
        if facts.is_nested:  # beside words, lists of labels are tags
            return facts.is_tags and "tokens" not in self.chosen
        if facts.distinct < 2 and not facts.is_nested and fit_of(facts.name, "label") < _EXPLICIT:
            return False
        if facts.is_json or facts.is_score:
            return True
        many = facts.distinct > max(20, facts.rows // 2)
        return not many and not facts.is_date and not (facts.is_running_text and facts.distinct > MAX_CLASSES)

    def _binary_columns(self) -> tuple[str, ...]:
        """Adjacent 0/1 columns, without those that describe circumstances (``is_retweet``, ``verified``)."""
        runs: list[list[str]] = [[]]
        for name, facts in self.facts.items():
            is_free = name not in self.taken and facts.is_binary and facts.present > 0
            if is_free and fit_of(name, "id") < _SURE and not is_circumstance(name):
                runs[-1].append(name)
            elif runs[-1]:
                runs.append([])
        longest = max(runs, key=len)
        by_name = len(longest) > 1 and any(fit_of(name, "label") >= _SURE for name in longest)
        return tuple(longest) if len(longest) >= _MIN_BINARY or by_name else ()


def _share_equal(facts: Sequence[int], two: Sequence[int]) -> float:
    same = sum(a == b for a, b in zip(facts, two, strict=False))
    return same / max(len(facts), len(two), 1)


def _lengths(facts: ColumnFacts) -> list[int]:
    return [len(value) for value in facts.values if isinstance(value, list)]


def _are_years(facts: ColumnFacts) -> bool:
    numbers = facts.numbers
    return (
        numbers is not None
        and facts.is_whole
        and len(numbers) > 0
        and bool(((numbers >= 1500) & (numbers <= 2200)).all())
    )


def _text_score(facts: ColumnFacts) -> float:
    """Score of a text column: one point of name fit weighs as much as ten times the length."""
    return fit_of(facts.name, "text") + min(math.log10(1 + facts.length), 3.0) + (0.5 if facts.present > 0.5 else 0.0)
