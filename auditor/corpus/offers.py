"""Columns that by their content could have a role that their names do not say: offered to the user, never taken."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.audit import RoleOffer
from auditor.corpus.corpus import Roles
from auditor.corpus.role_names import ROLE_NAMES
from auditor.errors import InputError
from auditor.text.dates import parse_dates

_MIN_ROWS = 20
_SAMPLE = 2_000
_MAX_CLASSES = 100
_MIN_REPEATS = 5
"""Rows a class, on average, from which a column of short texts looks like a label."""
_MAX_NUMBERS = 12
"""Different whole numbers at most: ratings and codes of classes, not counts."""
_MAX_CLASS_LENGTH = 60
_OFFERED = 3
_READABLE = 0.9


def role_offers(table: pa.Table, roles: Roles) -> tuple[RoleOffer, ...]:
    """Offers for the roles label, date and split where no column has them, at most `_OFFERED` a role."""
    taken = {getattr(roles, role) for role in (*roles.columns(), "tokens", "tags")}
    free = [name for name in table.column_names if name not in taken]
    if table.num_rows < _MIN_ROWS:
        return ()
    offers: list[RoleOffer] = []
    if roles.date is None:
        offers += [RoleOffer("date", name) for name in free if _is_date_like(table.column(name))][:_OFFERED]
    if roles.split is None:
        offers += [RoleOffer("split", name) for name in free if _is_named_split(table, name)][:1]
    if roles.label is None and roles.tags is None:
        used = {offer.column for offer in offers}
        counted = [(name, _classes(table.column(name))) for name in free if name not in used]
        offers += [RoleOffer("label", name, count) for name, count in counted if count][:_OFFERED]
    return tuple(offers)


def _classes(column: pa.ChunkedArray) -> int:
    """How many classes the column seems to have; 0 where it does not look like a label."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if not (is_text or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return 0
    values = pc.drop_null(column)
    count = int(pc.count_distinct(values).as_py())
    if is_text and count and pc.all(pc.match_substring_regex(values, r"^[-+\d.,\s]*$")).as_py():
        is_text = False  # numbers written as texts: years, counts, ratings
    if not 2 <= count <= (_MAX_CLASSES if is_text else _MAX_NUMBERS) or len(values) < _MIN_REPEATS * count:
        return 0
    longest = pc.max(pc.utf8_length(values)).as_py() if is_text else 0
    return count if longest <= _MAX_CLASS_LENGTH else 0


def _is_date_like(column: pa.ChunkedArray) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return bool(pa.types.is_date(column.type) or pa.types.is_timestamp(column.type))
    sample = pc.drop_null(column.slice(0, _SAMPLE))
    digits = pc.match_substring_regex(sample, r"\d.*\d.*\d|\d[年月]")
    if len(sample) < _MIN_ROWS or (pc.sum(digits).as_py() or 0) < _READABLE * len(sample):
        return False
    if pc.mean(pc.match_substring_regex(sample, r"[-/.:年月 ,][^-/.:]")).as_py() < _READABLE:
        return False  # bare numbers are ids as often as dates
    try:
        days = parse_dates(sample, None).days
    except InputError:  # day and month cannot be told apart: dates they are
        return True
    return float((days == days).mean()) >= _READABLE


def _is_named_split(table: pa.Table, name: str) -> bool:
    """A column called split whose values name no part."""
    column = table.column(name)
    named = name.strip().lower() in ROLE_NAMES["split"][:3] and not pa.types.is_nested(column.type)
    return named and 2 <= int(pc.count_distinct(column).as_py()) <= 10
