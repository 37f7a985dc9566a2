"""The review loop: export the queue of a run, import the answers of reviewers."""

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
from auditor.interrupts import begin_commit
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
"""Finding codes about single labels of multi-label rows, and the proposed change."""


def export_review(
    folder: Path, inputs: Sequence[str], actions: Collection[str], limit: int, kind: str, raw: bool, out: Path
) -> tuple[list[Path], int, int]:
    """Write the review queue of a run.

    Args:
        folder: folder of the run.
        inputs: input of the run; required for raw texts, for rows that the run dropped, and if it has no data set.
        actions: actions of the plan whose rows are put into the queue.
        limit: maximum number of rows, or of questioned labels if rows have several labels.
        kind: name of a review format.
        raw: whether to write original instead of masked texts; class names are redacted as in the run in any case.
        out: the file to write; an existing file is not overwritten.

    Returns:
        The files, the number of rows written, and the number of rows without `limit`.

    Raises:
        InputError, SafetyError: the run or the input cannot be used.
        UsageError: the format is unknown, or the input is required and not given.
        OutputError: the files cannot be written.
    """
    run = open_run(folder)
    corpus = input_of(run, inputs) if inputs else None
    if corpus is not None:
        run = replace(run, settings=settings_for(run, corpus.table.column_names))
    if raw and corpus is None:
        raise UsageError("Raw texts are not in the run.", where="--raw", fix="Give the run's input after the run.")
    queue, total = build_queue(run, corpus, actions, limit, raw)
    files = REVIEW_FORMATS.get(kind, "--format").files(queue, out)
    for path in files:
        if path.exists():
            raise OutputError("The file already exists.", where=str(path), fix="Give another -o FILE.")
    for path, text in files.items():
        write_file(path, text, private=raw)
    return list(files), len(queue.items), total


def build_queue(
    run: FinishedRun, corpus: Corpus | None, actions: Collection[str], limit: int, raw: bool
) -> tuple[Queue, int]:
    """The queue, and the number of rows without `limit`; see `export_review`."""
    tables = read_outputs(run.folder, run.manifest, ["plan.parquet", "rows.parquet"])
    plan, rows = tables["plan.parquet"], tables["rows.parquet"]
    chosen = plan.filter(pc.is_in(plan.column("action"), pa.array(sorted(actions))))
    texts, labels, classes, several = _contents(run, corpus)
    if corpus is not None:
        names = personal_classes(run, corpus)
        labels = {row_id: names.value(label) for row_id, label in labels.items()}
        classes = {names.text(label) for label in classes}
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
    items = [part for item in items for part in _by_question(item, questions.get(item.row_id, ()))]
    worst = worst_first(items)[:limit]
    if not raw:
        worst = _masked(run, worst)
    return Queue(worst, run.manifest.corpus_digest, tuple(sorted(classes)), several), len(items)


def _questions(run: FinishedRun) -> dict[int, list[tuple[str, str, float]]]:
    """(label, ``add`` or ``remove``, score) of each questioned label, by row."""
    findings = with_all_columns(read_outputs(run.folder, run.manifest, ["findings.parquet"])["findings.parquet"])
    findings = findings.filter(pc.is_in(findings.column("code"), pa.array(list(QUESTIONED))))
    questions: dict[int, list[tuple[str, str, float]]] = {}
    for finding in findings.select(["code", "row_id", "label", "score"]).to_pylist():
        question = (finding["label"], QUESTIONED[finding["code"]], finding["score"])
        questions.setdefault(finding["row_id"], []).append(question)
    return questions


def _by_question(item: Item, questions: Sequence[tuple[str, str, float]]) -> list[Item]:
    """One item per questioned label, or the item itself if there is none."""
    items = [replace(item, questioned=label, suggestion=change, score=score) for label, change, score in questions]
    return items or [item]


@dataclass(frozen=True)
class Contents:
    """Texts and labels of the rows of a run, as far as they are known.

    Attributes:
        texts: text by row id.
        labels: label by row id; several labels are joined with `` | ``.
        classes: all labels of the corpus; empty if rows have several labels.
        several: whether rows have several labels.
    """

    texts: Mapping[int | None, str]
    labels: Mapping[int | None, str | None]
    classes: Set[str]
    several: bool


def data_set_contents(run: FinishedRun) -> Contents:
    """The masked texts and labels in the data set of a run.

    Raises:
        UsageError: the run has no data set.
        InputError, SafetyError: the data set cannot be read or was modified.
    """
    return Contents(*_contents(run, None))


def personal_classes(run: FinishedRun, corpus: Corpus) -> Redaction:
    """Redaction of class names with personal data, as in the run."""
    names = class_names(corpus, run.settings)
    if names and run.parts:  # the data set has pseudonyms made with the run's key
        names = class_names(corpus, run.settings, Masking(corpus, run.settings, run.folder, is_used=True))
    return Redaction(classes=names)


def _contents(
    run: FinishedRun, corpus: Corpus | None
) -> tuple[dict[int | None, str], dict[int | None, str | None], set[str], bool]:
    """Text and label by row id, all classes, and whether rows have several labels; see `Contents`."""
    if corpus is not None:
        ids = corpus.row_id.tolist()
        if corpus.label_sets is not None:  # no classes to choose from: a new label would replace all labels of the row
            shown = [None if labels is None else " | ".join(labels) for labels in corpus.label_sets]
            return dict(zip(ids, corpus.texts, strict=True)), dict(zip(ids, shown, strict=True)), set(), True
        row_labels = corpus.labels or [None] * len(ids)
        classes = {label for label in row_labels if label is not None}
        return dict(zip(ids, corpus.texts, strict=True)), dict(zip(ids, row_labels, strict=True)), classes, False
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
    """The non-null values of a column, by row id."""
    values = zip(rows.column("row_id").to_pylist(), rows.column(name).to_pylist(), strict=True)
    return {row_id: value for row_id, value in values if isinstance(value, kind)}


def _masked(run: FinishedRun, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Mask all personal data in the items, including names: a queue is small enough to tag every text."""
    from auditor.pii.detector import detector

    search = detector(run.settings.pii, run.audit.corpus.language, run.settings.today())
    texts = [item.text for item in items] + [item.ref_text or "" for item in items]
    try:
        spans = search.spans(texts, ner=run.settings.pii.ner != "off", unsure=True)
    except CheckError:  # no tagger is installed, which the audit reports
        spans = search.spans(texts, ner=False)
    masked = [
        mask_text(t, [(s.start, s.end, s.entity) for s in ss], "replace") for t, ss in zip(texts, spans, strict=True)
    ]
    return tuple(
        replace(item, text=masked[i], ref_text=masked[len(items) + i] if item.ref_text is not None else None)
        for i, item in enumerate(items)
    )


def _classes(run: FinishedRun) -> set[str]:
    """The classes of the corpus if the run contains all of them, otherwise an empty set."""
    if run.parts and "label" in run.audit.corpus.roles:
        return _contents(run, None)[2]
    balance = run.audit.results.get("balance")
    if not isinstance(balance, Completed):
        return set()
    figure = next((figure for figure in balance.figures if figure.title == "figure.rows_per_class"), None)
    count = next((metric.value for metric in balance.metrics if metric.name == "balance.classes"), None)
    return set(figure.labels) if figure is not None and len(figure.labels) == count else set()


def import_review(folder: Path, files: Sequence[Path], out: Path, *, force: bool = False) -> Review:
    """Combine the answers of reviewers and write their decisions; labels are checked if the run contains all classes.

    Args:
        folder: folder of the run.
        files: files with answers.
        out: the file to write; an existing file with other content is not replaced.
        force: replace an existing file, unless it is one of `files`.

    Raises:
        InputError: the run or a file cannot be used.
        SafetyError: a file was made for another corpus.
        OutputError: the decisions cannot be written, or the file exists with other content.
    """
    run = open_run(folder)
    digest = run.manifest.corpus_digest
    table = read_outputs(run.folder, run.manifest, ["plan.parquet"])["plan.parquet"]
    rows = set(table.column("row_id").to_pylist())
    labels = _classes(run)
    answers = []
    for path in files:
        file_answers = read_answers(path)
        check_answers(path, file_answers, digest, rows, labels)
        answers += file_answers
    review = join_answers(answers, digest)
    text = decisions_json(review)
    if out.is_file():
        _refuse_to_replace(out, text, files, force)
    begin_commit()
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
