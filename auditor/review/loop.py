"""The review loop: the queue of a run out, answers in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.findings import with_all_columns
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import binary_labels, label_sets
from auditor.corpus.shape import Shape, ShapeKind
from auditor.errors import CheckError, OutputError, UsageError
from auditor.pii.masking.masker import mask_text
from auditor.pii.redaction import Redaction, class_names
from auditor.pii.run_masking import Masking
from auditor.review.decisions import Review, check_answers, decisions_json, join_answers
from auditor.review.formats.registry import REVIEW_FORMATS, read_answers
from auditor.review.queue import Item, Queue, worst_first
from auditor.runs.finished import FinishedRun, input_of, open_run, settings_for
from auditor.store import read_outputs, write_file

T = TypeVar("T")

QUESTIONED = {"LBL009": "remove", "LBL010": "add"}
"""Codes of single labels of rows that have several, and what is proposed."""


def export_review(
    folder: Path, inputs: Sequence[str], actions: Collection[str], limit: int, kind: str, raw: bool, out: Path
) -> tuple[list[Path], int, int]:
    """Write the queue of a run.

    Args:
        folder: the run.
        inputs: the run's input; needed for raw texts, for rows the run dropped, and where there is no data set.
        actions: rows with these actions of the plan go into the queue.
        limit: rows at most; where rows have several labels, questioned labels.
        kind: name of a review format.
        raw: texts as they came instead of masked ones; classes are named as the run names them all the same.
        out: the file to write; an existing one is not overwritten.

    Returns:
        The files, rows written, and rows that would have been written without `limit`.

    Raises:
        InputError, SafetyError: the run or the input cannot be used.
        UsageError: there is no such format, or the input is needed and not given.
        OutputError: the files cannot be written.
    """
    run = open_run(folder)
    corpus = input_of(run, inputs) if inputs else None
    if corpus is not None:
        run = replace(run, settings=settings_for(run, corpus.table.column_names))
    if raw and corpus is None:
        raise UsageError("Raw texts are not in the run.", where="--raw", fix="Give the run's input after the run.")
    queue, whole = build_queue(run, corpus, actions, limit, raw)
    files = REVIEW_FORMATS.get(kind, "--format").files(queue, out)
    for path in files:
        if path.exists():
            raise OutputError("The file already exists.", where=str(path), fix="Give another -o FILE.")
    for path, text in files.items():
        write_file(path, text, private=raw)
    return list(files), len(queue.items), whole


def build_queue(
    run: FinishedRun, corpus: Corpus | None, actions: Collection[str], limit: int, raw: bool
) -> tuple[Queue, int]:
    """The queue, and how many rows there are without `limit`; see `export_review`."""
    tables = read_outputs(run.folder, run.manifest, ["plan.parquet", "rows.parquet"])
    plan, rows = tables["plan.parquet"], tables["rows.parquet"]
    chosen = plan.filter(pc.is_in(plan.column("action"), pa.array(sorted(actions))))
    texts, labels, every, several = _contents(run, corpus)
    if corpus is not None:
        names = personal_classes(run, corpus)
        labels = {row_id: names.value(label) for row_id, label in labels.items()}
        every = {names.text(label) for label in every}
    scores = _by_row(rows, "label_score", float)
    suggested = _by_row(rows, "suggested_label", str)
    doubts = _by_row(rows, "label_doubts", str) if "label_doubts" in rows.column_names else {}
    questions = _questions(run) if several else {}
    if any(row_id not in texts for row_id in chosen.column("row_id").to_pylist()):
        raise UsageError(
            "The run does not hold the texts of rows it dropped.",
            where="auditor review export",
            fix="Give the run's input after the run, or leave --include drop out.",
        )
    items = [
        Item(
            row_id=row["row_id"],
            part=row["part"],
            text=texts[row["row_id"]],
            label=labels.get(row["row_id"]),
            suggestion=suggested.get(row["row_id"]),
            score=scores.get(row["row_id"]),
            reason=f"{row['reason']}: {doubts[row['row_id']]}" if row["row_id"] in doubts else row["reason"],
            **{name: row[name] for name in ("action", "code", "rule", "ref_row")},
            ref_text=texts.get(row["ref_row"]),
        )
        for row in chosen.to_pylist()
    ]
    items = [one for item in items for one in _asked(item, questions.get(item.row_id, ()))]
    worst = worst_first(items)[:limit]
    if not raw:
        worst = _masked(run, worst)
    return Queue(worst, run.manifest.corpus_digest, tuple(sorted(every)), several), len(items)


def _questions(run: FinishedRun) -> dict[int, list[tuple[str, str, float]]]:
    """(label, ``add`` or ``remove``, score) of each questioned label of a row."""
    found = with_all_columns(read_outputs(run.folder, run.manifest, ["findings.parquet"])["findings.parquet"])
    found = found.filter(pc.is_in(found.column("code"), pa.array(list(QUESTIONED))))
    asked: dict[int, list[tuple[str, str, float]]] = {}
    for one in found.select(["code", "row_id", "label", "score"]).to_pylist():
        asked.setdefault(one["row_id"], []).append((one["label"], QUESTIONED[one["code"]], one["score"]))
    return asked


def _asked(item: Item, questions: Sequence[tuple[str, str, float]]) -> list[Item]:
    """One item a questioned label, or the item itself where none is."""
    asked = [replace(item, questioned=label, suggestion=what, score=score) for label, what, score in questions]
    return asked or [item]


@dataclass(frozen=True)
class Contents:
    """Texts and labels of a run's rows, as far as they are known.

    Attributes:
        texts: by row.
        labels: by row; where rows have several, all of them, with `` | `` between.
        classes: all labels of the corpus; none where rows have several.
        several: whether rows have several.
    """

    texts: Mapping[int | None, str]
    labels: Mapping[int | None, str | None]
    classes: Set[str]
    several: bool


def data_set_contents(run: FinishedRun) -> Contents:
    """What the data set of a run holds of its rows, masked as it is.

    Raises:
        UsageError: the run has no data set.
        InputError, SafetyError: it cannot be read or was changed.
    """
    return Contents(*_contents(run, None))


def personal_classes(run: FinishedRun, corpus: Corpus) -> Redaction:
    """What replaces class names that hold personal data, as in the run."""
    names = class_names(corpus, run.settings)
    if names and run.parts:  # a data set has its own words for them, made with the run's key
        names = class_names(corpus, run.settings, Masking(corpus, run.settings, run.folder, is_used=True))
    return Redaction(classes=names)


def _contents(
    run: FinishedRun, corpus: Corpus | None
) -> tuple[dict[int | None, str], dict[int | None, str | None], set[str], bool]:
    """Text and label by row, all labels, and whether rows have several."""
    if corpus is not None:
        ids = corpus.row_id.tolist()
        if corpus.label_sets is not None:  # shown, and no choice: a new label would take the place of all of them
            shown = [None if labels is None else " | ".join(labels) for labels in corpus.label_sets]
            return dict(zip(ids, corpus.texts, strict=True)), dict(zip(ids, shown, strict=True)), set(), True
        given = corpus.labels or [None] * len(ids)
        every = {label for label in given if label is not None}
        return dict(zip(ids, corpus.texts, strict=True)), dict(zip(ids, given, strict=True)), every, False
    if not run.parts:
        raise UsageError(
            "The run holds no data set, and so no texts.", where=str(run.folder), fix="Give the run's input after it."
        )
    profile = run.audit.corpus
    roles = profile.roles
    shape = Shape(ShapeKind(profile.shape), profile.text_columns, profile.json_columns, profile.text_keys)
    texts: dict[int | None, str] = {}
    labels: dict[int | None, str | None] = {}
    several = False
    for table in read_outputs(run.folder, run.manifest, run.parts).values():
        subset = table.filter(pc.is_valid(table.column("row_id")))
        ids = subset.column("row_id").to_pylist()
        column = shape.view(subset) if shape.is_composed else subset.column(roles["text"])
        texts.update(zip(ids, [text or "" for text in column.to_pylist()], strict=True))
        if "label" in roles:
            several_columns = profile.label_columns
            column = binary_labels(subset, several_columns) if several_columns else subset.column(roles["label"])
            sets = label_sets(column, run.settings.corpus.label_separator)
            several = several or sets is not None
            if sets is None:
                codes = column.cast(pa.large_string()).to_pylist()
                shown = [profile.class_names.get(code, code) for code in codes]
            else:
                shown = [" | ".join(names or ()) for names in sets]
            labels.update(zip(ids, shown, strict=True))
    if several:
        return texts, labels, set(), True
    return texts, labels, {label for label in labels.values() if label is not None}, False


def _by_row(rows: pa.Table, name: str, kind: type[T]) -> dict[int, T]:
    """The values of a column that are there, by row."""
    values = zip(rows.column("row_id").to_pylist(), rows.column(name).to_pylist(), strict=True)
    return {row_id: value for row_id, value in values if isinstance(value, kind)}


def _masked(run: FinishedRun, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Everything personal masked, names too: a queue is small enough to be searched whole."""
    from auditor.pii.detector import detector

    own = detector(run.settings.pii, run.audit.corpus.language, run.settings.today())
    texts = [item.text for item in items] + [item.ref_text or "" for item in items]
    try:
        spans = own.spans(texts, ner=run.settings.pii.ner != "off", unsure=True)
    except CheckError:  # no tagger is installed: the audit says so too
        spans = own.spans(texts, ner=False)
    new = [
        mask_text(t, [(s.start, s.end, s.entity) for s in ss], "replace") for t, ss in zip(texts, spans, strict=True)
    ]
    return tuple(
        replace(item, text=new[i], ref_text=new[len(items) + i] if item.ref_text is not None else None)
        for i, item in enumerate(items)
    )


def _classes(run: FinishedRun) -> set[str]:
    """The classes of the run's corpus, as far as the run holds all of them; else none."""
    if run.parts and "label" in run.audit.corpus.roles:
        return _contents(run, None)[2]
    balance = run.audit.results.get("balance")
    if not isinstance(balance, Completed):
        return set()
    bars = next((figure for figure in balance.figures if figure.title == "figure.rows_per_class"), None)
    count = next((metric.value for metric in balance.metrics if metric.name == "balance.classes"), None)
    return set(bars.labels) if bars is not None and len(bars.labels) == count else set()


def import_review(folder: Path, files: Sequence[Path], out: Path, *, force: bool = False) -> Review:
    """Join the answers of reviewers and write their decisions; their labels are checked where the run knows them all.

    Args:
        folder: the run.
        files: answers.
        out: the file to write; one that has other content is left alone.
        force: replace it all the same, unless it holds the answers.

    Raises:
        InputError: the run or a file cannot be used.
        SafetyError: a file was made for another corpus.
        OutputError: the decisions cannot be written, or the file holds something else.
    """
    run = open_run(folder)
    digest = run.manifest.corpus_digest
    table = read_outputs(run.folder, run.manifest, ["plan.parquet"])["plan.parquet"]
    rows = set(table.column("row_id").to_pylist())
    labels = _classes(run)
    answers = []
    for path in files:
        given = read_answers(path)
        check_answers(path, given, digest, rows, labels)
        answers += given
    review = join_answers(answers, digest)
    text = decisions_json(review)
    if out.is_file():
        _refuse_to_replace(out, text, files, force)
    write_file(out, text)
    return review


def _refuse_to_replace(out: Path, text: str, files: Sequence[Path], force: bool) -> None:
    if any(out.samefile(path) for path in files):
        raise OutputError("The output holds the answers.", where=str(out), fix="Give another -o FILE.")
    if not force and out.read_bytes() != text.encode("utf-8", "replace"):
        raise OutputError(
            "The file exists and holds something else, such as earlier decisions.",
            where=str(out),
            fix="Give another -o FILE, or --force to replace it.",
        )
