"""Exports of labelling tools as rows: Label Studio, Argilla, Prodigy, doccano and all that mark spans of a text.

Nests become columns, so that a text and its label stand beside each other; spans are kept, and words and tags of them
stand beside them. What has no column of its own is counted and told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditor.corpus.readers.json_values import Item, Json
from auditor.corpus.readers.spans import spans_of, tagged

Tell = Callable[[str, int], None]
"""Called with the kind of a notice and its count."""
_SAMPLE = 100
_TEXTS, _SPANS = ("text", "data", "content", "sentence"), ("label", "labels", "entities", "spans")


def as_rows(items: Sequence[Item], tell: Tell) -> Sequence[Item]:
    """Objects of a file as rows, those of labelling tools made flat.

    Args:
        items: a row each, or what is none.
        tell: what was done.
    """
    sample = [item.value for item in items[:_SAMPLE] if isinstance(item.value, dict)]
    if not sample:
        return items
    for kind, is_such, flat in _EXPORTS:
        if all(map(is_such, sample)):
            tell(kind, len(items))
            items = [_changed(item, flat(item.value, tell)) if _is_object(item, is_such) else item for item in items]
            break
    return _with_tags(items, tell)


def is_nested_export(objects: Sequence[dict[str, Json]]) -> bool:
    """Whether the first objects of a file are those of a tool whose nests become columns."""
    sample = objects[:_SAMPLE]
    return bool(sample) and any(all(map(is_such, sample)) for _, is_such, _ in _EXPORTS)


class SpanWatch:
    """Whether rows that come a block at a time mark spans of their texts, so that words and tags of them are made."""

    def __init__(self) -> None:
        self._texts, self._spans, self._filled = set(_TEXTS), set(_SPANS), set[str]()

    def add(self, objects: Sequence[dict[str, Json]]) -> None:
        """Further rows."""
        if not self._texts or not self._spans:
            return
        self._texts = {name for name in self._texts if all(isinstance(one.get(name), str) for one in objects)}
        for name in list(self._spans):
            values = [one[name] for one in objects if one.get(name)]
            if values:
                self._filled.add(name)
            if any(spans_of(value) is None for value in values):
                self._spans.discard(name)

    @property
    def is_marked(self) -> bool:
        """Whether all rows so far have a text and those with a value spans of it."""
        return bool(self._texts and self._spans & self._filled)


def _is_object(item: Item, is_such: Callable[[dict[str, Json]], bool]) -> bool:
    return isinstance(item.value, dict) and is_such(item.value)


def _changed(item: Item, value: Json) -> Item:
    return Item(item.line, value, item.reason)


def _is_label_studio(record: dict[str, Json]) -> bool:
    done = record.get("annotations", record.get("completions"))
    return isinstance(record.get("data"), dict) and isinstance(done, list)


def _from_label_studio(record: Json, tell: Tell) -> dict[str, Json]:
    """A task with the answers of its first annotation that was not cancelled, by the name of the control."""
    task = record if isinstance(record, dict) else {}
    data = task.get("data")
    row: dict[str, Json] = {"id": task["id"]} if "id" in task else {}
    row |= data if isinstance(data, dict) else {}
    given = task.get("annotations", task.get("completions"))
    done = [a for a in given if isinstance(a, dict) and not a.get("was_cancelled")] if isinstance(given, list) else []
    if len(done) > 1:
        tell("more_annotations", len(done) - 1)
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
    """What one answer says: classes, a text, a number, or a span."""
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


def _from_argilla(record: Json, tell: Tell) -> dict[str, Json]:
    """A record with its fields, the first submitted response to each question, and its metadata as columns."""
    given = record if isinstance(record, dict) else {}
    row: dict[str, Json] = {"id": given["id"]} if "id" in given else {}
    for nest in (given.get("fields"), given.get("metadata")):
        row |= {key: value for key, value in nest.items() if key not in row} if isinstance(nest, dict) else {}
    for name, values in _responses(given.get("responses")).items():
        if len(values) > 1:
            tell("more_annotations", len(values) - 1)
        row[name if name not in row else f"{name}_answer"] = values[0]
    return row


def _responses(responses: Json) -> dict[str, list[Json]]:
    """Values by question, from both forms: lists by question, and a list of users' values by question."""
    found: dict[str, list[Json]] = {}
    if isinstance(responses, dict):
        for name, given in responses.items():
            for one in given if isinstance(given, list) else []:
                if isinstance(one, dict) and one.get("status", "submitted") == "submitted":
                    found.setdefault(name, []).append(one.get("value"))
    for one in responses if isinstance(responses, list) else []:
        values = one.get("values") if isinstance(one, dict) and one.get("status") == "submitted" else None
        for name, value in values.items() if isinstance(values, dict) else ():
            found.setdefault(name, []).append(value.get("value") if isinstance(value, dict) else value)
    return found


def _with_tags(items: Sequence[Item], tell: Tell) -> Sequence[Item]:
    """Rows with words and tags beside the column that marks spans of their text, where there is one."""
    objects = [item.value for item in items if isinstance(item.value, dict)]
    text = next((name for name in _TEXTS if objects and all(isinstance(o.get(name), str) for o in objects)), None)
    marked = next((name for name in _SPANS if _marks(objects, name)), None) if text is not None else None
    if text is None or marked is None:
        return items
    taken = {key for one in objects for key in one}
    words = "tokens" if "tokens" not in taken else "words"
    tags = "tags" if "tags" not in taken else "bio_tags"
    found, lost = list[Item](), 0
    for item in items:
        if not isinstance(item.value, dict):
            found.append(item)
            continue
        value = item.value
        spans = spans_of(value.get(marked) or []) or []
        split, marks, without = tagged(str(value[text]), spans)
        lost += without
        kept = value.get(marked)
        if isinstance(kept, list) and any(isinstance(one, list) for one in kept):
            kept = [{"start": one.start, "end": one.end, "label": one.label} for one in spans]  # a type that Arrow has
        found.append(_changed(item, {**value, marked: kept, words: list(split), tags: list(marks)}))
    tell("spans", len(objects))
    if lost:
        tell("spans_without_tags", lost)
    return found


def _marks(objects: Sequence[dict[str, Json]], name: str) -> bool:
    """Whether a column holds spans in every row that has any value in it."""
    values = [one[name] for one in objects if one.get(name)]
    return bool(values) and all(spans_of(value) is not None for value in values)


_EXPORTS = (
    ("label_studio", _is_label_studio, _from_label_studio),
    ("argilla", _is_argilla, _from_argilla),
)
"""Of a tool: the notice, whether an object is of it, and the row it makes."""
