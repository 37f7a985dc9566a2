"""``--show-config``: all settings with value and origin; personal data and passwords are hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator

from auditor.cli.safe import harmless, one_line
from auditor.config.fields import Plain, settings_fields, value_of
from auditor.config.origins import DEFAULT, Loaded, Origin


def config_lines(loaded: Loaded) -> list[str]:
    """One line ``key = value  # origin`` per setting, and per entry of a table.

    Raises:
        CheckError, InputError: values cannot be searched for personal data.
    """
    shown = [(key, value, loaded.origin(key)) for key, value in _entries(loaded)]
    hidden = iter(_hidden(loaded, [text for _, value, origin in shown for text in _written(value, origin)]))
    lines = []
    for key, value, origin in shown:
        if origin == DEFAULT:
            lines.append(_line(key, value, str(origin)))
        else:
            lines.append(_line(key, _with_texts(value, hidden), next(hidden)))
    return [harmless(one_line(line)) for line in lines]


def _entries(loaded: Loaded) -> Iterator[tuple[str, Plain]]:
    for name in settings_fields():
        value = value_of(loaded.settings, name)
        if isinstance(value, dict) and value:
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _written(value: Plain, origin: Origin) -> list[str]:
    """The texts of a line that were set by the user; empty for a default."""
    if origin == DEFAULT:
        return []
    texts = value if isinstance(value, list) else [value]
    return [*(text for text in texts if isinstance(text, str)), str(origin)]


def _with_texts(value: Plain, texts: Iterator[str]) -> Plain:
    """A value with its texts replaced by the next items of `texts`."""
    if isinstance(value, list):
        return [next(texts) if isinstance(item, str) else item for item in value]
    return next(texts) if isinstance(value, str) else value


def _hidden(loaded: Loaded, texts: list[str]) -> list[str]:
    if not texts:
        return []
    from auditor.pii.hide import hidden  # loads the recognizers

    return hidden(texts, loaded.settings)


def _line(key: str, value: Plain, origin: str) -> str:
    text = "(not set)" if value is None else json.dumps(value, ensure_ascii=False)
    return f"{key} = {text}  # {origin}"
