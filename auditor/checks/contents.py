"""Hashes that identify rows by content in later runs, and the file and line of each finding.

The hashes are part of reports (SARIF, pull request comments), so they must not reveal more than those do: anybody who
guesses the whole text of a row can confirm the guess with its hash. Values that can be found by trial are therefore
removed first: personal data that the privacy check found is replaced by its kind, and every digit by 0, whether a
recognizer matched it or not. If the whole text is short enough to guess, only 16 bits are kept, so that one in 65,536
wrong guesses matches too. With a secret key (`prepare.key_file`, `prepare.key_env`) the hash is an HMAC of the original
text, which cannot be tested without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain, repeat

import numpy as np
import pyarrow as pa

from auditor.checks.batch.redact import masked, masking_digest
from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.findings import FINDINGS_SCHEMA
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.errors import UsageError
from auditor.pii.masking.key import Key, load_key
from auditor.runs.scan import Scan

SHORT = 24
"""Length in characters below which a text is considered short enough to guess."""
_VERSION = "1"
_DIGIT = re.compile(r"\d")
_ASCII_DIGITS = bytes.maketrans(b"123456789", b"000000000")


def with_contents(scan: Scan, settings: Settings) -> Scan:
    """Add a hash to each row, and file, line and hash to each finding about a row.

    Rows have no hash if the privacy check did not run and there is no secret key.
    """
    key = _secret_key(settings)
    privacy = scan.audit.results.get("privacy")
    if key is not None:
        corpus, made = scan.corpus, f"{_VERSION} key {key.id}"
    elif isinstance(privacy, Completed):
        corpus = masked(scan.corpus, privacy.findings, settings)
        made = f"{_VERSION} {masking_digest(settings)}"
    else:
        return replace(scan, audit=_placed(scan.audit, scan.corpus, None))
    contents = pa.array(_hashes(corpus, key), pa.string())
    audit = _placed(scan.audit, scan.corpus, contents)
    return replace(scan, contents=contents, audit=replace(audit, corpus=replace(audit.corpus, content=made)))


def _secret_key(settings: Settings) -> Key | None:
    """The user's secret key, if there is one.

    Raises:
        InputError, SafetyError: the key cannot be used.
    """
    try:
        key = load_key(settings.prepare, settings.seed)
    except UsageError:  # pseudonyms need a key that is not set; `clean` reports it
        return None
    return key if key.is_secret else None


def _hashes(corpus: Corpus, key: Key | None) -> Iterator[str]:
    """``TEXT.LABEL`` for each row, in hexadecimal: 64 bits of the text (16 if it is short) and 16 bits of the label.

    BLAKE2b (RFC 7693), or HMAC-SHA-256 (RFC 2104) with a key; runs of white space count as one space.
    """
    column = corpus.role("label")
    labels = repeat("", len(corpus)) if column is None else chain.from_iterable(map(pa.Array.to_pylist, column.chunks))
    secret = None if key is None else key.digest("row", "content")

    @cache
    def label_hash(label: str) -> str:
        return _digest(label.encode("utf-8", "replace"), secret)[:4]

    for text, label in zip(corpus.texts, labels, strict=True):
        yield f"{_text_hash(text or '', secret)}.{label_hash(str(label))}"


def _text_hash(text: str, secret: bytes | None) -> str:
    data = b" ".join(text.encode("utf-8", "replace").split())
    if secret is not None:
        return _digest(data, secret)
    data = data.translate(_ASCII_DIGITS) if text.isascii() else _DIGIT.sub("0", data.decode()).encode()
    return _digest(data, None)[: 4 if len(text) < SHORT else None]


def _digest(data: bytes, secret: bytes | None) -> str:
    if secret is not None:
        return hmac.digest(secret, data, "sha256")[:8].hex()
    return hashlib.blake2b(data, digest_size=8, person=b"auditor row").hexdigest()


def _placed(audit: Audit, corpus: Corpus, contents: pa.Array | None) -> Audit:
    """The audit with file, line and hash in each finding about a row."""
    results = {
        name: replace(result, findings=_with_places(result.findings, corpus, contents))
        if isinstance(result, Completed)
        else result
        for name, result in audit.results.items()
    }
    return replace(audit, results=results)


def _with_places(found: pa.Table, corpus: Corpus, contents: pa.Array | None) -> pa.Table:
    row_id = found.column("row_id").fill_null(-1).to_numpy().astype(np.int64)
    files, lines = corpus.file_places.files(row_id), corpus.file_places.first_lines(row_id)
    columns: dict[str, pa.Array] = {
        "file": pa.array(files.astype(np.int32), mask=(files < 0) | (row_id < 0)),
        "line": pa.array(lines, mask=lines == 0),
    }
    if contents is not None:
        places = corpus.positions(row_id)
        columns["content"] = contents.take(pa.array(places, mask=places < 0))
    for name, values in columns.items():
        place = FINDINGS_SCHEMA.get_field_index(name)
        found = found.set_column(place, FINDINGS_SCHEMA.field(name), values)
    return found
