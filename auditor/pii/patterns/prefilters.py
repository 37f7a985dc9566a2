"""RE2 patterns that occur in every line in which one of Presidio's recognizers can find something.

A trigger may have false positives but no false negatives. Each was derived from the recognizer's own patterns (edges
dropped, repetitions reduced to their minimum); a test verifies that the results equal Presidio's.
A recognizer without a trigger is run on whole texts.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

DIGIT = r"\p{Nd}"
PUNCTUATION = (
    r"[-x\x{2010}-\x{2015}\x{2212}\x{30FC}\x{FF0D}-\x{FF0F} \x{00A0}\x{00AD}\x{200B}\x{2060}\x{3000}()"
    r"\x{FF08}\x{FF09}\x{FF3B}\x{FF3D}.\[\]/~\x{2053}\x{223C}\x{FF5E}\x{FF0B}+]{0,5}"
)
"""What libphonenumber allows between two digits of a number."""
MONTH = "(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
FOLDED = r"(?-i:[\x{0130}\x{0131}\x{017F}\x{212A}])"
"""Letters that Python's case folding maps to i, s and k, but RE2's does not."""

TRIGGERS = {
    "CreditCardRecognizer": rf"{DIGIT}{{3,4}}[- ]?{DIGIT}{{3,4}}[- ]?{DIGIT}{{3,4}}[- ]?{DIGIT}{{3}}",
    "UsBankRecognizer": r"[0-9]{8}",
    "UsLicenseRecognizer": (r"(?i)[A-Z][0-9]|[0-9]{6}|[0-9]{2}[A-Z]{3}[0-9]|[0-9]{3}[A-Z]{2}[0-9]|A-Z\]|[0-9]{7}[A-Z]"),
    "UsItinRecognizer": rf"9{DIGIT}{{2}}[- ]?[5-9]{DIGIT}[- ]?{DIGIT}{{4}}",
    "UsPassportRecognizer": r"[0-9]{8}",
    "UsSsnRecognizer": r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}",
    "NhsRecognizer": r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{4}",
    "CryptoRecognizer": r"(?i)(?:bc1|[13])[a-z0-9]{25}",
    "DateRecognizer": rf"(?i){DIGIT}[-/.]{DIGIT}|{DIGIT}-{MONTH}|{MONTH}-{DIGIT}",
    "EmailRecognizer": r"@",
    "IbanRecognizer": r"(?i)[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}",
    "IpRecognizer": (r"::|[0-9A-Fa-f]{1,4}:(?:[0-9A-Fa-f]{1,4}:){5}|[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"),
    "MedicalLicenseRecognizer": rf"(?i)[a-z][a-z9]{DIGIT}{{7}}",
    "MacAddressRecognizer": (
        r"(?i)[0-9a-f]{2}[:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-]|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"
    ),
    "UuidRecognizer": r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-",
}
NEED_DIGITS = frozenset(TRIGGERS) - {"EmailRecognizer", "IpRecognizer", "UsLicenseRecognizer"} | {"PhoneRecognizer"}
"""Recognizers that find nothing in a line without `DIGIT_OR_FOLDED`."""
DIGIT_OR_FOLDED = rf"{DIGIT}|{FOLDED}"
URL_TRIGGERS = {
    "Standard Url": r"(?i)https?://",
    "Quoted URL": r"(?i)[\"']https?://",
    "Non schema URL": r"(?i)[a-z0-9.\-]\.[a-z]{2}",
    "Quoted Non-schema URL": r"(?i)[\"'][a-z0-9.\-]",
}
"""By pattern of the URL recognizer: its four patterns rarely apply to the same line."""
URL_SIGNS = {"Standard Url": "://", "Quoted URL": "://", "Non schema URL": ".", "Quoted Non-schema URL": "."}
"""A substring of every match of a pattern whose matches never contain a space."""
FEWEST_DIGITS = 4


def _digits(count: int) -> str:
    return rf"(?:{DIGIT}{PUNCTUATION}){{{count - 1}}}{DIGIT}"


@lru_cache(maxsize=1)
def _other_digits() -> str:
    """The decimal digits beyond ASCII as one class; RE2's tables and libphonenumber's may differ in version."""
    points = [point for point in range(0x80, 0x110000) if unicodedata.category(chr(point)) == "Nd"]
    return "[" + "".join(rf"\x{{{point:X}}}" for point in points) + "]"


GERMAN = (
    _digits(6)
    + rf"|1{PUNCTUATION}6{PUNCTUATION}[489]{PUNCTUATION}[0-9]"
    + rf"|(?:3{PUNCTUATION}0|4{PUNCTUATION}0|6{PUNCTUATION}9|8{PUNCTUATION}9)(?:{PUNCTUATION}[0-9]){{3}}"
)
"""Germany has valid numbers of four and five digits, by brute force only of these forms."""
DIALLED_ABROAD = rf"0{PUNCTUATION}[01]{PUNCTUATION}{_digits(6)}"
"""After an international prefix the number is another country's."""


def _national(region: str) -> str:
    """At least the digits of the region's shortest number, by libphonenumber's metadata."""
    from phonenumbers import PhoneMetadata

    plan = PhoneMetadata.metadata_for_region(region)
    return _digits(min(plan.general_desc.possible_length) if plan and plan.general_desc else FEWEST_DIGITS)


def phone_trigger(region: str) -> str:
    """The trigger of libphonenumber's matcher for one region."""
    local = GERMAN if region == "DE" else _national(region)
    international = rf"[+\x{{FF0B}}]{PUNCTUATION}{_digits(6)}"
    return f"{local}|{DIALLED_ABROAD}|{international}|{_other_digits()}"


def stock_trigger(name: str) -> str | None:
    """The trigger of one of Presidio's recognizers; None: none is known."""
    trigger = TRIGGERS.get(name)
    return None if trigger is None else f"{trigger}|{FOLDED}"
