"""Class names by code, read from the metadata of the data file itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

_HUB = b"huggingface"


def hub_class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, tuple[str, ...]]:
    """Class names by column, in the order of their codes, from metadata of `datasets` in Arrow and Parquet files.

    For columns of lists, the names apply to the items.
    """
    try:
        features = json.loads((metadata or {}).get(_HUB, b"{}"))["info"]["features"]
        found = {name: feature_names(feature) for name, feature in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: names for name, names in found.items() if names}


def feature_names(feature: object) -> tuple[str, ...]:
    """Class names of a `datasets` feature in JSON; for lists, those of the items; empty for other features."""
    if isinstance(feature, list) and len(feature) == 1:
        return feature_names(feature[0])
    if not isinstance(feature, dict):
        return ()
    names = feature.get("names")
    if feature.get("_type") == "ClassLabel" and isinstance(names, list) and all(isinstance(n, str) for n in names):
        return tuple(names)
    return feature_names(feature.get("feature"))


def names_by_code(names: Sequence[str]) -> dict[str, str]:
    """Class names by code, the code as a string."""
    return {str(code): name for code, name in enumerate(names)}
