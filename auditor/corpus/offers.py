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
    free = [facts for name, facts in inferred.facts.items() if name not in taken and facts.present > 0]
    if not free or free[0].rows < _MIN_ROWS:
        return ()
    offers: list[RoleOffer] = []
    if roles.date is None:
        dates = [facts for facts in free if facts.is_date or (facts.is_epoch and fit_of(facts.name, "date") > 0)]
        offers += [RoleOffer("date", facts.name) for facts in dates][:_MAX_OFFERS]
    if roles.split is None:
        offers += [RoleOffer("split", facts.name) for facts in free if _is_named_split(facts)][:1]
    used = {offer.column for offer in offers}
    groups = [
        facts for facts in free if facts.name not in used and fit_of(facts.name, "group") >= 2.0 and _is_group(facts)
    ]
    if roles.label is None and roles.tags is None:
        labels = [facts for facts in free if facts.name not in used and _could_be_label(facts) and facts not in groups]
        labels.sort(key=lambda facts: -fit_of(facts.name, "label"))
        offers += [RoleOffer("label", facts.name, facts.distinct) for facts in labels][:_MAX_OFFERS]
    offers += [RoleOffer("group", facts.name, facts.distinct) for facts in groups][:1]
    if not shape.is_composed and roles.tokens is None:
        titles = [facts for facts in free if facts.is_running_text and fit_of(facts.name, "text") >= _FIT]
        offers += [RoleOffer("text", f"{facts.name},{roles.text}") for facts in titles if facts.name not in used][:1]
    return tuple(offers)


def _could_be_label(facts: ColumnFacts) -> bool:
    named = fit_of(facts.name, "label") >= _FIT
    return (facts.is_repeating and not facts.is_date) or (named and (facts.numbers is not None or facts.is_nested))


def _is_group(facts: ColumnFacts) -> bool:
    """Whether its values repeat, so that they may identify groups of rows."""
    return not facts.is_nested and facts.present > 0.5 and 2 <= facts.distinct < 0.9 * facts.rows


def _is_named_split(facts: ColumnFacts) -> bool:
    """Whether a column is named like a split although its values do not name parts."""
    return fit_of(facts.name, "split") >= 3.0 and not facts.is_nested and 2 <= facts.distinct <= 10
