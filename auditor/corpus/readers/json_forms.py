"""Layouts of rows in JSON files: arrays, columns, parts, the nesting of SQuAD, and objects around one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.corpus.readers.json_values import Item, Json, Members
from auditor.corpus.rejects import Reason
from auditor.corpus.role_names import is_named_text, usual_names
from auditor.corpus.shape import Side, speaker_of
from auditor.corpus.splits import part_of

_DEPTH = 3
"""Maximum nesting depth of the list of rows in objects."""
_AROUND = frozenset({"data", "rows", "examples", "items", "records", "results"})
"""Keys whose list is taken for the rows, regardless of other keys."""
_MIN_TEXTS, _TEXT_WORDS = 10, 3
"""Smallest number of keys, and of words in most of them, for the keys of an object to be texts."""
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Rows:
    """The rows of a file.

    Attributes:
        items: one per row; the value is an object by column.
        aside: ignored keys beside the rows, such as a version.
    """

    items: list[Item]
    aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class AmbiguousLists:
    """Several lists of rows of which none is distinguished."""

    names: tuple[str, ...]


def rows_of_items(items: Sequence[Item]) -> list[Item]:
    """Convert the elements of an array to rows: objects, conversations, lists of equal length, or texts.

    Columns of lists are numbered, unless the first list consists of common column names.
    """
    good = [item for item in items if item.reason is None]
    if any(isinstance(item.value, dict) for item in good):
        return list(items)
    if good and all(_is_annotated(item.value) for item in good):
        return [_with(item, _annotated(item.value)) for item in items]
    if good and all(isinstance(item.value, list) and _is_chat(_items(item.value)) for item in good):
        return [_with(item, {"messages": item.value}) for item in items]
    widths = {len(item.value) if isinstance(item.value, list) else 0 for item in good}
    if widths == {0} and all(isinstance(item.value, str) for item in good):
        return [_with(item, {"text": item.value}) for item in items]
    if len(widths) == 1 and 0 not in widths:
        first = _list(good[0].value)
        names = [str(cell).strip().lower() for cell in first]
        if items[0] is good[0] and len(set(names)) == len(names) and usual_names().issuperset(names):
            return _split_oriented([Item(1, cell) for cell in first], items[1:])
        return [_with(item, _numbered(item.value)) for item in items]
    return list(items)


def rows_of_object(members: Members, table: str | None = None, depth: int = 0) -> Rows | AmbiguousLists | None:
    """The rows inside an object; None if it contains none, so that it is a row itself.

    Args:
        members: its values by key.
        table: key of the list chosen by the user.
        depth: number of enclosing objects.
    """
    if table is not None and isinstance(chosen := members.get(table), list):
        return Rows(rows_of_items(_items(chosen)), tuple(key for key in members if key != table))
    lists = {key: _items(value) for key, value in members.items() if isinstance(value, list) and value}
    if {"columns", "data"} <= lists.keys() and _all(lists["columns"], str) and _all(lists["data"], list):
        return Rows(_split_oriented(lists["columns"], lists["data"]))
    if lists and len(lists) == len(members):
        found = _parts(lists) or _columns(lists) or _classes(lists)
        if found is not None:
            return Rows(found)
    if not lists and (oriented := _oriented(members)) is not None:
        return Rows(oriented)
    records = {
        key: items
        for key, items in lists.items()
        if _all(items, dict) or _pairs(items) or (key in _AROUND and _all(items, str))
    }
    if records:
        return _of_records(members, records, depth)
    inner = {key: value for key, value in members.items() if isinstance(value, dict)}
    if len(inner) == 1 and depth < _DEPTH:
        ((key, value),) = inner.items()
        found_inside = rows_of_object(dict(value), table, depth + 1)
        if isinstance(found_inside, Rows):
            return Rows(found_inside.items, (*found_inside.aside, *_others(members, [key])))
        return found_inside
    return None


def _of_records(members: Members, records: dict[str, list[Item]], depth: int) -> Rows | AmbiguousLists | None:
    """The rows in one of the lists of an object, or in those of parts; None if the object is a row itself."""
    if len(records) > 1:
        if (parts := _parts(records)) is not None:
            return Rows(parts, _others(members, records))
        records = {key: items for key, items in records.items() if key in _AROUND} or records
        if len(records) > 1:
            return AmbiguousLists(tuple(records))
    items = next(iter(records.values()))
    if depth == 0 and not records.keys() & _AROUND and (_has_text(members) or _is_chat(items)):
        return None  # an object with a text beside a list is a row, and so is a conversation
    return Rows(_questions(items) or rows_of_items(items), _others(members, records))


def _has_text(members: Members) -> bool:
    """Whether a text stands beside the lists, rather than the name or the type of the file."""
    texts = {key: value for key, value in members.items() if isinstance(value, str)}
    return any(is_named_text(key) or len(value.split()) > _TEXT_WORDS for key, value in texts.items())


def _is_chat(items: Sequence[Item]) -> bool:
    """Whether the objects are the messages of one conversation."""
    messages = [item.value for item in items if isinstance(item.value, dict)]
    speakers = [speaker_of(message) for message in messages]
    return len(messages) == len(items) > 0 and all(speaker not in (None, Side.OTHER) for speaker in speakers)


def _items(values: Sequence[Item | Json]) -> list[Item]:
    return [value if isinstance(value, Item) else Item(1, value) for value in values]


def _with(item: Item, value: Json) -> Item:
    return Item(item.line, value, item.reason)


def _all(items: Sequence[Item], kind: type) -> bool:
    return all(isinstance(item.value, kind) for item in items)


def _others(members: Members, used: Mapping[str, list[Item]] | Sequence[str]) -> tuple[str, ...]:
    return tuple(key for key in members if key not in used)


def _is_annotated(value: Json) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)


def _annotated(value: Json) -> Json:
    """Convert a pair of a text and its annotations, the former format of spaCy's training data."""
    text, said = value if isinstance(value, list) else (None, None)
    return {"text": text, **said} if isinstance(said, dict) else value


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _numbered(value: Json) -> Json:
    return {f"column_{i}": cell for i, cell in enumerate(value, 1)} if isinstance(value, list) else value


def _pairs(items: Sequence[Item]) -> bool:
    """Whether all items are lists of scalars of equal length, at least two."""
    widths = {
        len(item.value) if isinstance(item.value, list) and all(isinstance(v, _PLAIN) for v in item.value) else 0
        for item in items
    }
    return len(widths) == 1 and min(widths) > 1


def _split_oriented(columns: Sequence[Item], data: Sequence[Item]) -> list[Item]:
    names = [str(item.value) for item in columns]
    rows = []
    for item in data:
        cells = item.value if isinstance(item.value, list) else []
        reason: Reason | None = None
        if len(cells) != len(names):
            reason = "missing_field" if len(cells) < len(names) else "extra_field"
        rows.append(Item(item.line, dict(zip(names, cells, strict=False)), item.reason or reason))
    return rows


def _parts(lists: Mapping[str, list[Item]]) -> list[Item] | None:
    """Rows of lists by part, such as ``train`` and ``test``; for ``oos_train`` the whole key is kept in ``set``."""
    parts = {key: part_of(key) or part_of(key.replace("-", "_").rpartition("_")[2]) for key in lists}
    if not all(parts.values()) or len(lists) < 2:
        return None
    are_plain = all(part_of(key) for key in lists)
    found = list[Item]()
    for key, items in lists.items():
        beside: dict[str, Json] = {"split": key} if are_plain else {"split": str(parts[key]), "set": key}
        for item in _questions(items) or rows_of_items(items):
            value = item.value
            found.append(_with(item, {**value, **beside} if isinstance(value, dict) else value))
    return found


def _columns(lists: Mapping[str, list[Item]]) -> list[Item] | None:
    """Rows of lists by column, as written by ``DataFrame.to_dict("list")``."""
    if len({len(items) for items in lists.values()}) > 1:
        return None
    if any(isinstance(item.value, dict) for items in lists.values() for item in items):
        return None
    is_named = any(key.strip().lower() in usual_names() for key in lists)
    if not is_named and len(lists) == 1:
        return None
    return [
        Item(row[0].line, {key: item.value for key, item in zip(lists, row, strict=True)})
        for row in zip(*lists.values(), strict=True)
    ]


def _classes(lists: Mapping[str, list[Item]]) -> list[Item] | None:
    """Rows of texts by class."""
    if len(lists) < 2 or not all(_all(items, str) for items in lists.values()):
        return None
    return [_with(item, {"text": item.value, "label": key}) for key, items in lists.items() for item in items]


def _oriented(members: Members) -> list[Item] | None:
    """Rows of an object: columns of numbered rows, rows by key (``DataFrame.to_json``), or labels by text."""
    if (by_text := _labels_by_text(members)) is not None:
        return by_text
    inner = {key: value for key, value in members.items() if isinstance(value, dict)}
    if len(inner) < len(members) or not inner or any(not value for value in inner.values()):
        return None
    keys = list(next(iter(inner.values())))
    same = all(list(value) == keys for value in inner.values())
    if same and keys == [str(i) for i in range(len(keys))]:
        return [Item(1, {name: inner[name][key] for name in inner}) for key in keys]
    if len(inner) < 2 or not _share_keys(list(inner.values())):
        return None
    return [Item(1, {"key": key, **value}) for key, value in inner.items()]


def _labels_by_text(members: Members) -> list[Item] | None:
    """Rows of an object from texts to their labels."""
    if len(members) < _MIN_TEXTS or not all(isinstance(value, _PLAIN) for value in members.values()):
        return None
    if sum(len(key.split()) >= _TEXT_WORDS for key in members) < len(members) / 2:
        return None
    return [Item(1, {"text": key, "label": _plain(value)}) for key, value in members.items()]


def _plain(value: list[Item] | Json) -> Json:
    return None if isinstance(value, list) else value


def _share_keys(objects: Sequence[Mapping[str, Json]]) -> bool:
    common = set(objects[0]).intersection(*objects[1:])
    return any(isinstance(objects[0][key], _PLAIN) for key in common)


def _questions(items: Sequence[Item]) -> list[Item] | None:
    """The questions of articles in the format of SQuAD, one per row, with the columns of the Hub version.

    The first answer is also in a separate column, `answer`.
    """
    if not items or not all(isinstance(i.value, dict) and isinstance(i.value.get("paragraphs"), list) for i in items):
        return None
    found = list[Item]()
    for item in items:
        article = item.value if isinstance(item.value, dict) else {}
        for paragraph in _objects(article.get("paragraphs")):
            for question in _objects(paragraph.get("qas")):
                answers = _objects(question.get("answers"))
                known = ("id", "question", "answers")
                other = {key: value for key, value in question.items() if key not in known}
                row: dict[str, Json] = {
                    "id": question.get("id"),
                    "title": article.get("title"),
                    "context": paragraph.get("context"),
                    "question": question.get("question"),
                    "answer": answers[0].get("text") if answers else None,
                    "answers": {
                        "text": [answer.get("text") for answer in answers],
                        "answer_start": [answer.get("answer_start") for answer in answers],
                    },
                    **other,
                }
                found.append(Item(item.line, row))
    return found


def _objects(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
