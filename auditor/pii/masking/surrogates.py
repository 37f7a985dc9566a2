"""Surrogates: invented values of the same type, so that masked text remains natural.

A surrogate is a function of key, type and value: one value has one surrogate, over a whole corpus and over runs with
the same key. Two values may share one if the range is small (an area has a hundred numbers reserved for fiction); use
pseudonyms (`hmac`) if joins must be exact.
"""

from __future__ import annotations

import re

from auditor.pii.masking.surrogate_draw import Draw
from auditor.pii.masking.surrogate_numbers import NUMBERS, Maker

HAN = re.compile(r"[\u4e00-\u9fff]")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
REPLACED = frozenset({
    "PRIVATE_KEY", "JWT", "CLOUD_KEY", "REPOSITORY_TOKEN", "CONNECTION_STRING", "API_TOKEN", "PASSWORD", "UNCHECKED",
})  # fmt: skip
"""Types without surrogates: secrets and rows that could not be checked."""
TRIES = 8


def surrogate(entity: str, value: str, digest: bytes) -> str | None:
    """An invented value.

    Args:
        entity: its type; values of unknown types are imitated character by character.
        value: the original value; determines language, length and notation, and is never returned.
        digest: 32 bytes derived from key, type and value.

    Returns:
        The surrogate; None: the type has none, and its name is used instead.

    """
    if entity in REPLACED:
        return None
    draw = Draw(digest)
    make = NUMBERS.get(entity) or WORDS.get(entity) or _like
    for _ in range(TRIES):
        invented = make(value, draw)
        if invented.casefold() != value.casefold():
            return invented
    return None


def _like(value: str, draw: Draw) -> str:
    return draw.like(value)


def _person(value: str, draw: Draw) -> str:
    if HAN.search(value):
        return draw.word("family_zh") + "".join(draw.word("given_zh") for _ in range(min(len(value) - 1, 2)))
    given, family = draw.word("given_en"), draw.word("family_en")
    name = given if " " not in value.strip() else f"{given} {family}"
    return name.upper() if value.isupper() else name


def _email(value: str, draw: Draw) -> str:
    name = f"{draw.word('given_en')}.{draw.word('family_en')}{draw.digits(3)}".lower()
    return f"{name}@example.{draw.choice(('com', 'org', 'net'))}"


def _url(value: str, draw: Draw) -> str:
    return f"https://example.{draw.choice(('com', 'org', 'net'))}/{draw.digits(8)}"


def _wechat(value: str, draw: Draw) -> str:
    return f"example_{draw.digits(8)}"


def _handle(value: str, draw: Draw) -> str:
    """An account name that probably does not exist, with the leading sign of the value."""
    sign = value[0] if value[:1] in ("@", "＠") else "@"
    return f"{sign}example_{draw.digits(8)}"


def _place(value: str, draw: Draw) -> str:
    return f"{draw.word('town_zh')}市" if HAN.search(value) else draw.word("town_en")


def _address(value: str, draw: Draw) -> str:
    if HAN.search(value):
        return f"{draw.word('town_zh')}市{draw.word('street_zh')}路{draw.number(1, 999)}号"
    return f"{draw.number(1, 9999)} {draw.word('street_en')} Street, {draw.word('town_en')}"


def _group(value: str, draw: Draw) -> str:
    return draw.word("group_zh" if HAN.search(value) else "group_en")


def _age(value: str, draw: Draw) -> str:
    """All ages over 89 as one, as in HIPAA Safe Harbor."""
    return "90"


def _date(value: str, draw: Draw) -> str:
    """Another date in the same notation; day and month are at most 12, so that it is valid in any order."""

    def another(match: re.Match[str]) -> str:
        part = match[0]
        if part.isdigit():
            number = draw.number(1945, 2005) if len(part) == 4 else draw.number(1, 12)
            return f"{number:0{len(part)}}"
        for names in (MONTHS, WEEKDAYS):
            if any(name.lower().startswith(part.lower()) for name in names) and len(part) >= 3:
                name = draw.choice(names)
                return name if len(part) > 3 else name[:3]
        return part

    return re.sub(r"[0-9]+|[A-Za-z]+", another, value)


WORDS: dict[str, Maker] = {
    "PERSON": _person, "EMAIL_ADDRESS": _email, "URL": _url, "WECHAT": _wechat, "HANDLE": _handle, "LOCATION": _place,
    "STREET_ADDRESS": _address, "NRP": _group, "AGE_OVER_89": _age, "DATE_TIME": _date, "DATE_OF_BIRTH": _date,
}  # fmt: skip
