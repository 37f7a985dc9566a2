"""Distinguishes secrets after a word such as password or token from ordinary words, placeholders and forms."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from urllib.parse import unquote

PLACEHOLDER = re.compile(
    r"(?i)[$%#]?[{(<\[].*|%[a-z]\b.*|\$[a-z_]+\S*|.*\b(?:your|my|the|new|old|some|enter)[_-]?(?:user|pass|pwd|secret|token|key|api|access|auth|bot|app|client|account).*"
    r"|.*(?:password|passwd|passwort|kennwort|redacted|hidden|placeholder|example|changeme|change_me|insert|replace)[\W_0-9]*"
    r"|(?:pass|pwd|pw|secret|token|key|none|null|nil|true|false|undefined|anonymous|guest|ftp|user|test|foo|bar|n/a)[\W_]*"
    r"|(?:\w+[.(])+.*\(.*|\w+\[.*|(?:os|process|self|this|config|settings|env|request|req|args|params?)\..*"
)
"""Words and forms that are placeholders for a secret: documentation, templates, code that reads it from somewhere."""
ADDRESS = re.compile(
    r"(?i)(?:https?|ftp)?:?//.*|www\..*|[^@\s]+@[^@\s]+\.[a-z]{2,}|[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|cn|html?|php|aspx?|txt|ya?ml|json|py)(?:/.*)?"
)
WORDS = re.compile(r"[^\W\d_]+(?:[-_'’/.][^\W\d_]+)*")
"""A word, or words joined as in `case-sensitive`."""
ALGORITHM = re.compile(r"(?i)(?:aes|md|sha|des|rsa|sm|hmac|pbkdf|bcrypt|argon|base|ssha)[-_]?\d[-_a-z0-9]*")
"""How a password is stored or sent, such as SHA-256."""
DATE_OR_TIME = re.compile(
    r"\d{1,4}[-/.:]\d{1,2}(?:[-/.:]\d{1,4})?(?:am|pm)?|\d+(?:[.,-]\d+)*(?:%|[kmg]?hz|x|ms|db)|\d+-?(?:st|nd|rd|th|am|pm|min|mins|h|hrs?|px|kb|mb|gb|x|years?|chars?|characters|days?|bits?|bit)",
    re.I,
)
MIN_BITS = 3.0
"""Minimum bits per character, by the text's character frequencies, of a random token."""


def password(text: str) -> bool:
    """A chosen password: letters with digits or signs, and not a word, placeholder, address or date."""
    core = unquote(text).rstrip(".,!?;:)]}\"'…。，！？；：")
    if len(core) < 4 or len(set(core)) < 4 or PLACEHOLDER.fullmatch(core) or ADDRESS.fullmatch(core):
        return False
    if any(form.fullmatch(core) for form in (WORDS, ALGORITHM, DATE_OR_TIME)) or not re.search(r"[^\W_]", core):
        return False
    has_letter, has_digit = bool(re.search(r"[^\W\d_]", core)), bool(re.search(r"\d", core))
    has_sign = bool(re.search(r"[!@#$%^&*+=?~|\\]", core))
    return (has_letter and (has_digit or has_sign)) or (has_digit and has_sign)


def issued(text: str) -> bool:
    """A key of a known form that is not the sample of a documentation: no placeholder, no row of one sign."""
    return re.search(r"(.)\1{7}|(?i:\b(?:your|my|the)[-_])", text) is None


def chosen_word(text: str) -> bool:
    """The stated password of a user: any word or number except placeholders and repetitions of one sign."""
    core = text.rstrip(".,!?;:")
    return len(core) >= 4 and len(set(core)) > 2 and not PLACEHOLDER.fullmatch(core) and not ADDRESS.fullmatch(core)


def connection(text: str) -> bool:
    """A URL or connection string whose password is not a placeholder."""
    found = re.search(r"://[^/@]*?:([^/@]+)@", text) or re.search(r"(?i)(?:password|pwd)=(.*)", text)
    secret = unquote(found[1]) if found else ""
    return len(set(secret)) > 1 and not PLACEHOLDER.fullmatch(secret)


def basic_auth(text: str) -> bool:
    """Base64 of user and password with a colon between them (RFC 7617)."""
    standard = text.replace("-", "+").replace("_", "/")
    try:
        plain = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    user, colon, secret = plain.partition(":")
    return bool(colon and (user or secret) and plain.isprintable())


def entropy(text: str) -> bool:
    """Looks drawn at random: at least `MIN_BITS` a character, digits and letters, and no placeholder or path."""
    counts = Counter(text)
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    if bits < MIN_BITS or not re.search(r"[0-9]", text) or not re.search(r"[A-Za-z]", text):
        return False
    return not PLACEHOLDER.fullmatch(text) and not ADDRESS.fullmatch(text) and not _is_words(text)


def _is_words(text: str) -> bool:
    """Mostly words and numbers joined by signs, such as names of files, parameters and models."""
    parts = [part for part in re.split(r"[-_./+=~%#:@]", text) if part]
    wordlike = [part for part in parts if re.fullmatch(r"[a-z]+|[A-Z][a-z]+|[A-Z]+|\d{1,6}|v\d+", part)]
    return len(parts) > 2 and sum(map(len, wordlike)) > 0.7 * sum(map(len, parts))
