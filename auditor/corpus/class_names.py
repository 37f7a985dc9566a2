"""What the codes of a label column mean, where the file itself says so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

_HUB = b"huggingface"


def hub_class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, tuple[str, ...]]:
    """Class names by column, in the order of their codes, from what `datasets` writes into Parquet and Arrow files.

    Lists of codes have the names of their items.
    """
    try:
        features = json.loads((metadata or {}).get(_HUB, b"{}"))["info"]["features"]
        found = {name: feature_names(feature) for name, feature in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: names for name, names in found.items() if names}


def feature_names(feature: object) -> tuple[str, ...]:
    """Names of a feature as `datasets` writes it in JSON; of lists those of their items, of others none."""
    if isinstance(feature, list) and len(feature) == 1:
        return feature_names(feature[0])
    if not isinstance(feature, dict):
        return ()
    names = feature.get("names")
    if feature.get("_type") == "ClassLabel" and isinstance(names, list) and all(isinstance(n, str) for n in names):
        return tuple(names)
    return feature_names(feature.get("feature"))


def names_by_code(names: Sequence[str]) -> dict[str, str]:
    """Names by code as a text."""
    return {str(code): name for code, name in enumerate(names)}
