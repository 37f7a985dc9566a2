"""Words that a tiny model can learn."""

from __future__ import annotations

WORDS = {"travel": "plane hotel beach", "food": "bread soup apple", "work": "desk meeting salary"}
FILLER = ["the", "a", "my", "very", "some", "with", "and", "for", "near", "under"]
