"""Masking of personal data, secrets and credentials in single short texts, such as setting values, for display."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.config.settings import Settings
from auditor.credentials import credentials
from auditor.pii.column_names import LANGUAGES
from auditor.pii.entities import entity
from auditor.pii.spans import find_spans

CREDENTIALS = "CREDENTIALS"
USER_INFO = re.compile(r"(?s)(?:[a-zA-Z][\w.+-]*://(?P<user>.*)|(?P<alone>[^\s@]*:.*))@")
"""The part of a URL before the host, up to the last @, because passwords are not always percent-encoded. Masks too much
rather than too little: the result is only displayed."""


def hidden(texts: Sequence[str], settings: Settings) -> list[str]:
    """`texts` with all hits of the recognizers, and credentials of URLs, replaced by their kind.

    Name taggers are not used. Without a language in the settings, hits in any language count.

    Args:
        texts: short ones.
        settings: settings with the user's rules and exceptions, which are applied as well.

    Raises:
        CheckError: a library is missing; no text is returned unsearched.
        InputError: a file of rules or exceptions is not valid.
    """
    languages = LANGUAGES if settings.corpus.language == "auto" else (settings.corpus.language,)
    found = [find_spans(texts, settings, language, ner=False) for language in languages]
    return [
        _replaced(
            text,
            [
                *_credentials(text),
                *((s.start, s.end, s.entity) for spans in rows for s in spans if entity(s.entity).personal),
            ],
        )
        for text, *rows in zip(texts, *found, strict=True)
    ]


def _credentials(text: str) -> list[tuple[int, int, str]]:
    places = [match.span(match.lastgroup or 0) for match in USER_INFO.finditer(text)]
    return [(start, end, CREDENTIALS) for start, end in (*places, *credentials(text)) if start < end]


def _replaced(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """`text` with its spans replaced; overlapping spans are merged, with the kind of the first and longest."""
    joined: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]), joined[-1][2])
        else:
            joined.append((start, end, kind))
    for start, end, kind in reversed(joined):
        text = f"{text[:start]}<{kind}>{text[end:]}"
    return text
