"""The accounts of a prepared data set: what became of every row of the input, and which rows were added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from auditor.parse import parse

Counts = Mapping[str, int]
OVERSAMPLE = "oversample"
"""The recipe of rows that are repeated as they are."""


@dataclass(frozen=True)
class Accounts:
    """Counts of rows, from the stage that prepares a data set to manifest, cards and reports.

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
    """Changed rows by text step."""
    is_augmentable: bool = True
    """False where augmenting was wanted and rows have several fields of text, which no augmenter can change."""
    added_by_recipe: Counts = field(default_factory=dict)
    parts: Counts = field(default_factory=dict)
    """Rows out by part."""
    classes_in: Counts = field(default_factory=dict)
    """Rows of the input by class, the largest first."""
    classes_train_out: Counts = field(default_factory=dict)
    """Rows of the train part that was written by class."""
    split_proof: Counts = field(default_factory=dict)
    """Groups and texts that are in two parts."""
    classes_not_in_part: Counts = field(default_factory=dict)
    """Classes of the train part that the validation and the test part lack."""
    masked_places: Counts = field(default_factory=dict)
    """By entity type, the most frequent first."""
    mask_key_id: str | None = None
    columns_left_out: tuple[str, ...] = ()
    """Columns that Parquet cannot hold."""
    columns_renamed: Mapping[str, str] = field(default_factory=dict)
    """New name by name; of masked names only the new one is given."""

    @property
    def oversampled(self) -> int:
        """Of the added rows, those repeated as they are."""
        return self.added_by_recipe.get(OVERSAMPLE, 0)

    @property
    def augmented(self) -> int:
        """Of the added rows, those made by changing a kept row."""
        return self.rows_added - self.oversampled

    def to_json(self) -> dict[str, object]:
        """As plain JSON data."""
        return {**asdict(self), "columns_left_out": list(self.columns_left_out)}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Accounts:
        """Rebuild accounts; keys of other versions are ignored.

        Raises:
            ValueError: a count of rows is missing.
        """
        return parse(cls, data)

    def sums(self) -> dict[str, int]:
        """The counts of rows by name."""
        return {
            name: value for name, value in asdict(self).items() if name.startswith("rows_") and isinstance(value, int)
        }
