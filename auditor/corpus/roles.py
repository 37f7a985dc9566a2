"""Which column is what: inferred from names and content, printed, and overridable one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import CorpusSettings
from auditor.corpus.corpus import ROLES, TOKEN_ROLES, Roles
from auditor.corpus.role_names import ROLE_NAMES
from auditor.corpus.splits import names_no_part, part_of
from auditor.errors import InputError, nearest
from auditor.message import Message, message

BY_NAME = message("reason.by_name")
ASKED = message("reason.asked")
"""Why a column was taken for a role, where its name says so."""
_WORD = re.compile(r"[^\W\d_][\w.+ -]{0,19}")
"""Split values that may be named in an error: short words, no numbers or addresses."""
_VALUES_NAMED = 5


def infer_roles(table: pa.Table, settings: CorpusSettings) -> Roles:
    """Choose a column for each role.

    Raises:
        InputError: a column asked for does not exist, or none can be the text.
    """
    chosen: dict[str, str] = {}
    reasons: dict[str, Message] = {}
    for role in (*ROLES, *TOKEN_ROLES):
        asked = getattr(settings, role)
        if asked is not None:
            if asked not in table.column_names:
                raise InputError(
                    f"There is no column {asked!r}.", where=f"{role} column", fix=nearest(asked, table.column_names)
                )
            chosen[role], reasons[role] = asked, ASKED
    for role in (*ROLES, *TOKEN_ROLES):
        if role not in chosen:
            found = _by_name(table, role, set(chosen.values()), settings.split_parts())
            if found:
                chosen[role], reasons[role] = found, BY_NAME
    if "text" not in chosen:
        chosen["text"], reasons["text"] = _longest_text(table, set(chosen.values())), message("reason.longest")
    if not is_text(table.column(chosen["text"]).type):
        raise InputError(
            f"The text column {chosen['text']!r} holds no texts but {table.column(chosen['text']).type}.",
            where="text column",
            fix="Name a text column with --text; decode binary columns first.",
        )
    return Roles(**chosen, reasons=reasons)


def require_parts(table: pa.Table, column: str, split_parts: Mapping[str, str]) -> None:
    """See that every value of the split column names a part: a row marked as test must not go into train unsaid.

    Raises:
        InputError: values that do not, with how to say what they mean.
    """
    try:
        values = table.column(column).cast(pa.large_string()).unique().to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"The split column {column!r} holds no single values.",
            where="split column",
            fix="Name another with --split.",
        ) from None
    unknown = [str(value) for value in values if not names_no_part(value) and part_of(value, split_parts) is None]
    if not unknown:
        return
    is_split = len(unknown) < sum(not names_no_part(value) for value in values)  # else it may be any column
    shown = [value for value in unknown if is_split and _WORD.fullmatch(value)][:_VALUES_NAMED]
    named = ", ".join(map(repr, shown)) + (" ..." if len(unknown) > len(shown) else "")
    example = shown[0] if shown else "VALUE"
    raise InputError(
        f"Values of the split column {column!r} name no part.",
        where=f"column {column!r}: {named}" if shown else f"column {column!r}: {len(unknown):,} values",
        fix=f"Say what each means, as in --set 'corpus.split_values={example}=train' (or validation, test),"
        " or name another column with --split.",
    )


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _by_name(table: pa.Table, role: str, taken: set[str], split_parts: Mapping[str, str]) -> str | None:
    names: list[str] = [name for name in table.column_names if name not in taken]
    lowered = {name.strip().lower(): name for name in reversed(names)}
    for name in ROLE_NAMES[role]:
        column = lowered.get(name)
        if column is not None and (
            _fits(table.column(column), role, split_parts) or _is_label_list(table, column, role)
        ):
            return column
    if role == "date":
        return next((name for name in names if pa.types.is_timestamp(table.column(name).type)), None)
    return None


def _fits(column: pa.ChunkedArray, role: str, split_parts: Mapping[str, str]) -> bool:
    kind = column.type
    if role in TOKEN_ROLES:
        return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind)) and is_text(kind.value_type)
    if role == "text":
        return is_text(kind)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return False
    if role == "split":  # one usual name is enough: what the other values mean is asked by `require_parts`
        values = column.slice(0, 10_000).unique().to_pylist()
        return any(part_of(None if value is None else str(value), split_parts) for value in values)
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
    words = (lowered[other] for other in ROLE_NAMES["tokens"] if other in lowered)
    return bool(plain) and not any(_fits(table.column(other), "tokens", {}) for other in words)


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
