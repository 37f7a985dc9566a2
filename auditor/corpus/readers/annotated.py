"""Convert exports of labelling tools to rows: Label Studio, Argilla, Prodigy, doccano and others with annotated spans.

Nested objects become columns. Spans are kept, and columns of words and tags are added beside them. Annotations that do
not fit into columns are counted in a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditor.corpus.readers.json_values import Item, Json
from auditor.corpus.readers.spans import spans_of, tag_words

AddNotice = Callable[[str, int], None]
"""Called with the kind of a notice and its count."""
_SAMPLE = 100
_TEXTS, _SPANS = ("text", "data", "content", "sentence"), ("label", "labels", "entities", "spans", "annotations")


def flatten_exports(items: Sequence[Item], add_notice: AddNotice) -> Sequence[Item]:
    """Convert the objects of a file to rows; exports of labelling tools are flattened.

    Args:
        items: one per row, including those that are not objects.
        add_notice: receives what was done.
    """
    sample = [item.value for item in items[:_SAMPLE] if isinstance(item.value, dict)]
    if not sample:
        return items
    for kind, matches, flatten in _EXPORTS:
        if all(map(matches, sample)):
            add_notice(kind, len(items))
            items = [
                _with_value(item, flatten(item.value, add_notice)) if _is_object(item, matches) else item
                for item in items
            ]
            break
    return _with_tags(items, add_notice)


def is_nested_export(objects: Sequence[dict[str, Json]]) -> bool:
    """Whether the first objects of a file are a nested export of a labelling tool."""
    sample = objects[:_SAMPLE]
    return bool(sample) and any(all(map(matches, sample)) for _, matches, _ in _EXPORTS)


class SpanDetector:
    """Detects, block by block, whether all rows annotate spans of their texts."""

    def __init__(self) -> None:
        self._texts, self._spans, self._filled = set(_TEXTS), set(_SPANS), set[str]()

    def add(self, objects: Sequence[dict[str, Json]]) -> None:
        """Add rows."""
        if not self._texts or not self._spans:
            return
        self._texts = {name for name in self._texts if all(isinstance(item.get(name), str) for item in objects)}
        for name in list(self._spans):
            values = [item[name] for item in objects if item.get(name)]
            if values:
                self._filled.add(name)
            if any(spans_of(value) is None for value in values):
                self._spans.discard(name)

    @property
    def is_marked(self) -> bool:
        """Whether, so far, all rows have a text and all values of a span column are spans."""
        return bool(self._texts and self._spans & self._filled)


def _is_object(item: Item, matches: Callable[[dict[str, Json]], bool]) -> bool:
    return isinstance(item.value, dict) and matches(item.value)


def _with_value(item: Item, value: Json) -> Item:
    return Item(item.line, value, item.reason)


def _is_label_studio(record: dict[str, Json]) -> bool:
    done = record.get("annotations", record.get("completions"))
    return isinstance(record.get("data"), dict) and isinstance(done, list)


def _from_label_studio(record: Json, add_notice: AddNotice) -> dict[str, Json]:
    """A task with the answers of its first annotation that was not cancelled, by control name."""
    task = record if isinstance(record, dict) else {}
    data = task.get("data")
    row: dict[str, Json] = {"id": task["id"]} if "id" in task else {}
    row |= data if isinstance(data, dict) else {}
    given = task.get("annotations", task.get("completions"))
    done = [a for a in given if isinstance(a, dict) and not a.get("was_cancelled")] if isinstance(given, list) else []
    if len(done) > 1:
        add_notice("more_annotations", len(done) - 1)
    answers: dict[str, list[Json]] = {}
    results = done[0].get("result") if done else []
    for result in results if isinstance(results, list) else []:
        if isinstance(result, dict) and isinstance(value := result.get("value"), dict):
            answers.setdefault(str(result.get("from_name", "label")), []).extend(_answers(value))
    for name, values in answers.items():
        is_one = len(values) == 1 and not isinstance(values[0], dict)
        row[name if name not in row else f"{name}_answer"] = values[0] if is_one else values
    return row


def _answers(value: dict[str, Json]) -> list[Json]:
    """The values of one answer: classes, texts, numbers, or spans."""
    labels = value.get("labels", value.get("hypertextlabels"))
    if isinstance(labels, list) and "start" in value:
        return [{"start": value["start"], "end": value.get("end"), "label": label} for label in labels]
    for key in ("choices", "text", "rating", "number", "taxonomy"):
        if key in value:
            found = value[key]
            return list(found) if isinstance(found, list) else [found]
    return [value]


def _is_argilla(record: dict[str, Json]) -> bool:
    return isinstance(record.get("fields"), dict) and ("responses" in record or "suggestions" in record)


def _from_argilla(record: Json, add_notice: AddNotice) -> dict[str, Json]:
    """A record with its fields, the first submitted response to each question, and its metadata as columns."""
    given = record if isinstance(record, dict) else {}
    row: dict[str, Json] = {"id": given["id"]} if "id" in given else {}
    for nest in (given.get("fields"), given.get("metadata")):
        row |= {key: value for key, value in nest.items() if key not in row} if isinstance(nest, dict) else {}
    for name, values in _responses(given.get("responses")).items():
        if len(values) > 1:
            add_notice("more_annotations", len(values) - 1)
        row[name if name not in row else f"{name}_answer"] = values[0]
    return row


def _responses(responses: Json) -> dict[str, list[Json]]:
    """Submitted values by question, from both formats: responses by question, or one object of values per user."""
    found: dict[str, list[Json]] = {}
    if isinstance(responses, dict):
        for name, given in responses.items():
            for item in given if isinstance(given, list) else []:
                if isinstance(item, dict) and item.get("status", "submitted") == "submitted":
                    found.setdefault(name, []).append(item.get("value"))
    for item in responses if isinstance(responses, list) else []:
        values = item.get("values") if isinstance(item, dict) and item.get("status") == "submitted" else None
        for name, value in values.items() if isinstance(values, dict) else ():
            found.setdefault(name, []).append(value.get("value") if isinstance(value, dict) else value)
    return found


def _with_tags(items: Sequence[Item], add_notice: AddNotice) -> Sequence[Item]:
    """Add columns of words and tags to rows with annotated spans."""
    objects = [item.value for item in items if isinstance(item.value, dict)]
    text = next((name for name in _TEXTS if objects and all(isinstance(o.get(name), str) for o in objects)), None)
    marked = next((name for name in _SPANS if _marks(objects, name)), None) if text is not None else None
    if text is None or marked is None:
        return items
    taken = {key for one in objects for key in one}
    words = "tokens" if "tokens" not in taken else "words"
    tags = "tags" if "tags" not in taken else "bio_tags"
    found, unmatched_total = list[Item](), 0
    for item in items:
        if not isinstance(item.value, dict):
            found.append(item)
            continue
        value = item.value
        spans = spans_of(value.get(marked) or []) or []
        split, marks, unmatched = tag_words(str(value[text]), spans)
        unmatched_total += unmatched
        kept = value.get(marked)
        if isinstance(kept, dict) or (isinstance(kept, list) and any(isinstance(one, list) for one in kept)):
            kept = [
                {"start": one.start, "end": one.end, "label": one.label} for one in spans
            ]  # so that all items have one Arrow type
        found.append(_with_value(item, {**value, marked: kept, words: list(split), tags: list(marks)}))
    add_notice("spans", len(objects))
    if unmatched_total:
        add_notice("spans_without_tags", unmatched_total)
    return found


def _marks(objects: Sequence[dict[str, Json]], name: str) -> bool:
    """Whether all non-empty values of a column are lists of spans."""
    values = [item[name] for item in objects if item.get(name)]
    return bool(values) and all(spans_of(value) is not None for value in values)


_EXPORTS = (
    ("label_studio", _is_label_studio, _from_label_studio),
    ("argilla", _is_argilla, _from_argilla),
)
"""For each tool: the notice, a test of objects, and the conversion of an object to a row."""
