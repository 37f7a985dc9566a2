"""Which column is what: inferred from names and content, printed, and overridable one by one."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config import CorpusSettings
from auditor.corpus.corpus import ROLES, TOKEN_ROLES, Roles
from auditor.corpus.splits import part_of
from auditor.errors import InputError, nearest

_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "content", "body", "review", "sentence", "document", "message", "comment", "question", "query",
             "utterance", "headline", "title", "文本", "正文", "内容", "评论", "句子", "标题"),
    "label": ("label", "labels", "class", "category", "target", "intent", "sentiment", "topic", "y",
              "标签", "类别", "分类"),
    "id": ("id", "_id", "uid", "uuid", "guid", "doc_id", "text_id", "编号"),
    "date": ("date", "datetime", "timestamp", "time", "created_at", "created", "published",
             "published_at", "updated_at", "日期", "时间"),
    "split": ("split", "set", "partition", "subset", "lewis_split", "划分"),
    "tokens": ("tokens", "words"),
    "tags": ("tags", "ner_tags"),
    "source": ("source", "origin", "domain", "site", "publisher", "group", "来源"),
}  # fmt: skip


def infer_roles(table: pa.Table, settings: CorpusSettings) -> Roles:
    """Choose a column for each role.

    Raises:
        InputError: a column asked for does not exist, or none can be the text.
    """
    chosen: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for role in (*ROLES, *TOKEN_ROLES):
        asked = getattr(settings, role)
        if asked is not None:
            if asked not in table.column_names:
                raise InputError(
                    f"There is no column {asked!r}.", where=f"{role} column", fix=nearest(asked, table.column_names)
                )
            chosen[role], reasons[role] = asked, "asked for"
    for role in (*ROLES, *TOKEN_ROLES):
        if role not in chosen:
            found = _by_name(table, role, set(chosen.values()))
            if found:
                chosen[role], reasons[role] = found, "by its name"
    if "text" not in chosen:
        chosen["text"], reasons["text"] = _longest_text(table, set(chosen.values())), "the longest texts"
    if not is_text(table.column(chosen["text"]).type):
        raise InputError(
            f"The text column {chosen['text']!r} holds no texts but {table.column(chosen['text']).type}.",
            where="text column",
            fix="Name a text column with --text; decode binary columns first.",
        )
    return Roles(**chosen, reasons=reasons)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _by_name(table: pa.Table, role: str, taken: set[str]) -> str | None:
    names: list[str] = [name for name in table.column_names if name not in taken]
    lowered = {name.strip().lower(): name for name in reversed(names)}
    for name in _NAMES[role]:
        column = lowered.get(name)
        if column is not None and (_fits(table.column(column), role) or _is_label_list(table, column, role)):
            return column
    if role == "date":
        return next((name for name in names if pa.types.is_timestamp(table.column(name).type)), None)
    return None


def _fits(column: pa.ChunkedArray, role: str) -> bool:
    kind = column.type
    if role in TOKEN_ROLES:
        return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind)) and is_text(kind.value_type)
    if role == "text":
        return is_text(kind)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return False
    if role == "split":
        values = set(column.slice(0, 10_000).unique().to_pylist()) - {None}
        return bool(values) and all(part_of(str(value)) for value in values)
    if role == "label":
        distinct = pc.count_distinct(column).as_py()
        return not pa.types.is_floating(kind) and distinct <= max(20, len(column) // 2)
    if role == "source":
        return is_text(kind) and pc.count_distinct(column).as_py() <= max(20, len(column) // 10)
    return True


def _is_label_list(table: pa.Table, name: str, role: str) -> bool:
    """Whether the column holds several labels a row; beside lists of words, lists of labels are tags of the words."""
    kind = table.column(name).type
    if role != "label" or not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    plain = is_text(kind.value_type) or pa.types.is_integer(kind.value_type)
    lowered = {other.strip().lower(): other for other in table.column_names}
    words = (lowered[other] for other in _NAMES["tokens"] if other in lowered)
    return bool(plain) and not any(_fits(table.column(other), "tokens") for other in words)


def _longest_text(table: pa.Table, taken: set[str]) -> str:
    lengths: dict[str, float] = {
        name: pc.mean(pc.utf8_length(table.column(name).slice(0, 1000))).as_py() or 0.0
        for name in table.column_names
        if name not in taken and is_text(table.column(name).type)
    }
    if not lengths:
        raise InputError(
            "No column can be the text.",
            where=f"columns {', '.join(table.column_names)}",
            fix="Name it with --text COLUMN.",
        )
    return max(lengths, key=lambda name: lengths[name])
