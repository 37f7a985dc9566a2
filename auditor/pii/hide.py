"""Personal data, secrets and credentials in single short texts, such as values of settings, hidden for a screen."""

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
"""What precedes the host of an address: the last @ counts, because passwords are not always quoted as they should
be. Rather too much than too little: only people read what is left."""


def hidden(texts: Sequence[str], settings: Settings) -> list[str]:
    """`texts` with everything that the recognizers find in them, or that opens an address, replaced by its kind.

    Names by a model are not looked for. What is found in any language counts where the settings name none.

    Args:
        texts: short ones.
        settings: whose own rules and exceptions count as well.

    Raises:
        CheckError: a library is missing; nothing is given back unsearched.
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
    """`text` with its places replaced; places that overlap are one, called what the first and longest is."""
    joined: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]), joined[-1][2])
        else:
            joined.append((start, end, kind))
    for start, end, kind in reversed(joined):
        text = f"{text[:start]}<{kind}>{text[end:]}"
    return text
