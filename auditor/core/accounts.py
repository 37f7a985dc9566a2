"""Row counts of a prepared data set: input rows kept, removed and rejected, and rows added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from auditor.parse import parse

Counts = Mapping[str, int]
OVERSAMPLE = "oversample"
"""Value of `Accounts.added_by_recipe` for rows that are plain copies."""


@dataclass(frozen=True)
class Accounts:
    """Row counts of a prepared data set, passed from its preparation to manifest, data cards and reports.

    ``rows_in = rows_kept + rows_removed + rows_rejected`` and ``rows_out = rows_kept + rows_added``.
    """

    rows_in: int
    rows_kept: int
    rows_removed: int
    rows_rejected: int
    rows_added: int
    rows_out: int
    rows_changed: int = 0
    """Kept rows that differ from the input."""
    rows_masked: int = 0
    rows_relabelled: int = 0
    rows_down_weighted: int = 0
    rows_to_review: int = 0
    rows_by_step: Counts = field(default_factory=dict)
    """Changed rows by text transform."""
    is_augmentable: bool = True
    """False if augmentation was requested but rows have several text fields, which no augmenter supports."""
    added_by_recipe: Counts = field(default_factory=dict)
    parts: Counts = field(default_factory=dict)
    """Output rows by part."""
    classes_in: Counts = field(default_factory=dict)
    """Input rows by class, the largest first."""
    classes_train_out: Counts = field(default_factory=dict)
    """Rows of the written train part by class."""
    split_proof: Counts = field(default_factory=dict)
    """Number of groups and texts found in more than one part."""
    classes_not_in_part: Counts = field(default_factory=dict)
    """By part (validation, test): number of classes of the train part that are missing there."""
    masked_places: Counts = field(default_factory=dict)
    """Masked spans by entity type, the most frequent first."""
    mask_key_id: str | None = None
    columns_left_out: tuple[str, ...] = ()
    """Columns that Parquet cannot store."""
    columns_renamed: Mapping[str, str] = field(default_factory=dict)
    """New column name by old one; for masked names only the new one is given."""

    @property
    def oversampled(self) -> int:
        """Number of added rows that are plain copies."""
        return self.added_by_recipe.get(OVERSAMPLE, 0)

    @property
    def augmented(self) -> int:
        """Number of added rows that are modified copies of a kept row."""
        return self.rows_added - self.oversampled

    def to_json(self) -> dict[str, object]:
        """The counts as plain JSON data."""
        return {**asdict(self), "columns_left_out": list(self.columns_left_out)}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Accounts:
        """The inverse of `to_json`; unknown keys, of other versions, are ignored.

        Raises:
            ValueError: a count of rows is missing.
        """
        return parse(cls, data)

    def sums(self) -> dict[str, int]:
        """The fields whose names begin with ``rows_``, by name."""
        return {
            name: value for name, value in asdict(self).items() if name.startswith("rows_") and isinstance(value, int)
        }
