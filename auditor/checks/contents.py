"""A hash of each row, by which a row is known again in a later run, and the place of each finding in its file.

A hash leaves with reports (SARIF, comments), so it must not be worth more than they are. Whoever guesses the whole of a
text can see from its hash that the guess is right. What can be guessed by trying is left out first: what the privacy
check found is replaced by its kind, and every digit by 0, whether or not a recognizer knew the number. Of a text so
short that it can be guessed as a whole, 16 bits are kept: one guess of 65,536 fits by chance. With a secret key
(`prepare.key_file`, `prepare.key_env`) the hash is an HMAC of the text as it is, and nobody without the key can try.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import replace

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
"""Characters below which a text is taken to be short enough to be guessed."""
_VERSION = "1"
_DIGIT = re.compile(r"\d")
_ASCII_DIGITS = bytes.maketrans(b"123456789", b"000000000")


def with_contents(scan: Scan, settings: Settings) -> Scan:
    """The scan with a hash of each row, and with file, line and hash in each finding of a row.

    Where the privacy check did not run and there is no secret key, no row has a hash.
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
    """The key of the user.

    Raises:
        InputError, SafetyError: it cannot be used.
    """
    try:
        key = load_key(settings.prepare, settings.seed)
    except UsageError:  # pseudonyms are asked for, and there is none: `clean` says so
        return None
    return key if key.is_secret else None


def _hashes(corpus: Corpus, key: Key | None) -> Iterator[str]:
    """``TEXT.LABEL`` of each row: 64 bits of its text (16 where it is short), 16 of its label, as hexadecimal digits.

    BLAKE2b (RFC 7693), or HMAC-SHA-256 (RFC 2104) with a key; blanks between words count as one.
    """
    labels = corpus.role("label")
    classes = [""] * len(corpus) if labels is None else [str(one) for one in labels.to_pylist()]
    secret = None if key is None else key.digest("row", "content")
    for text, label in zip(corpus.texts, classes, strict=True):
        yield f"{_text_hash(text or '', secret)}.{_digest(label.encode('utf-8', 'replace'), secret)[:4]}"


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
    """The audit with file, line and hash in each finding of a row."""
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
