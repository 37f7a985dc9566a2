"""Columns that fit a role that no column has: suggested to the user with the option to type, but not used."""

from __future__ import annotations

from auditor.core.audit import RoleOffer
from auditor.corpus.column_facts import ColumnFacts
from auditor.corpus.role_names import fit_of
from auditor.corpus.roles import InferredColumns

_MIN_ROWS = 20
_MAX_OFFERS = 3
_FIT = 1.0
"""Fit of a name (see `fit_of`) from which a column is suggested regardless of its content."""


def role_offers(inferred: InferredColumns) -> tuple[RoleOffer, ...]:
    """Suggestions for label, date and split if no column has the role, for a group, and for a further text field.

    At most `_MAX_OFFERS` per role.
    """
    roles, shape = inferred.roles, inferred.shape
    taken = {*roles.columns().values(), *roles.token_columns().values(), *shape.columns, *inferred.label_columns}
    taken |= set(inferred.annotator_columns)
    free = [one for name, one in inferred.facts.items() if name not in taken and one.present > 0]
    if not free or free[0].rows < _MIN_ROWS:
        return ()
    offers: list[RoleOffer] = []
    if roles.date is None:
        dates = [one for one in free if one.is_date or (one.is_epoch and fit_of(one.name, "date") > 0)]
        offers += [RoleOffer("date", one.name) for one in dates][:_MAX_OFFERS]
    if roles.split is None:
        offers += [RoleOffer("split", one.name) for one in free if _is_named_split(one)][:1]
    used = {offer.column for offer in offers}
    groups = [one for one in free if one.name not in used and fit_of(one.name, "group") >= 2.0 and _is_group(one)]
    if roles.label is None and roles.tags is None:
        labels = [one for one in free if one.name not in used and _could_be_label(one) and one not in groups]
        labels.sort(key=lambda one: -fit_of(one.name, "label"))
        offers += [RoleOffer("label", one.name, one.distinct) for one in labels][:_MAX_OFFERS]
    offers += [RoleOffer("group", one.name, one.distinct) for one in groups][:1]
    if not shape.is_composed and roles.tokens is None:
        titles = [one for one in free if one.is_running_text and fit_of(one.name, "text") >= _FIT]
        offers += [RoleOffer("text", f"{one.name},{roles.text}") for one in titles if one.name not in used][:1]
    return tuple(offers)


def _could_be_label(one: ColumnFacts) -> bool:
    named = fit_of(one.name, "label") >= _FIT
    return (one.is_repeating and not one.is_date) or (named and (one.numbers is not None or one.is_nested))


def _is_group(one: ColumnFacts) -> bool:
    """Whether its values repeat, so that they may identify groups of rows."""
    return not one.is_nested and one.present > 0.5 and 2 <= one.distinct < 0.9 * one.rows


def _is_named_split(one: ColumnFacts) -> bool:
    """Whether a column is named like a split although its values do not name parts."""
    return fit_of(one.name, "split") >= 3.0 and not one.is_nested and 2 <= one.distinct <= 10
