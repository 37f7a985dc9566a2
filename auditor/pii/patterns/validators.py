"""Checks beyond the pattern, by the name a rule gives after ``validate:``.

Each takes the matched text (ASCII letters and digits; full-width forms are folded before) and returns whether it can
be of the type of its pattern. A passed check is strong evidence only if it is rare by chance; `CHECKSUMS` lists those
checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from auditor.pii.patterns.addresses import (
    bare_address,
    disguised_email,
    eip55,
    email,
    ip,
    mac,
    message_id,
    public_suffix,
)
from auditor.pii.patterns.devices import imei, vin
from auditor.pii.patterns.handles import handle
from auditor.pii.patterns.national import NATIONAL
from auditor.pii.patterns.presidio import recognizer_class
from auditor.pii.patterns.secrets import basic_auth, chosen_word, connection, entropy, issued, password
from auditor.pii.patterns.wallets import wallet
from auditor.text.checkdigits import USCC_SYMBOLS, gb11643_symbol, gb11714_symbol, gb32100_symbol, luhn_digit

if TYPE_CHECKING:
    from presidio_analyzer.predefined_recognizers import CryptoRecognizer

Validator = Callable[[str], bool]

PROVINCES = frozenset({
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
    "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
})  # fmt: skip
"""First two digits of GB/T 2260 codes, Taiwan, Hong Kong and Macao included."""


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1 annex B; all digits equal is refused."""
    digits = "".join(character for character in text if character.isdigit())
    return len(set(digits)) > 1 and luhn_digit(digits[:-1]) == digits[-1]


def payment_card(text: str) -> bool:
    """Luhn, for 12 to 19 digits."""
    return 12 <= sum(character.isdigit() for character in text) <= 19 and luhn(text)


def _compact(text: str) -> str:
    """Letters and digits only, in capitals."""
    return re.sub(r"[^0-9A-Za-z]", "", text).upper()


def gb11643_shape(text: str) -> bool:
    """A resident identity number's province and birth date exist, whatever its check digit."""
    text = _compact(text)
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return text[:2] in PROVINCES and born.year >= 1900


def gb11643(text: str) -> bool:
    """GB 11643-1999 resident identity number: province, birth date and ISO 7064 MOD 11-2."""
    text = _compact(text)
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9Xx]", text) or not gb11643_shape(text):
        return False
    return gb11643_symbol(text[:17]) == text[17].upper()


def gb32100(text: str) -> bool:
    """GB 32100-2015 unified social credit code, with the GB 11714-1997 code in its characters 9 to 17."""
    code = text.upper()
    if len(code) != 18 or any(symbol not in USCC_SYMBOLS for symbol in code):
        return False
    return gb32100_symbol(code[:17]) == code[17] and gb11714_symbol(code[8:16]) == code[16]


def iban(text: str) -> bool:
    """ISO 13616: MOD 97-10 over the rearranged number, 15 to 34 characters."""
    code = re.sub(r"[^0-9A-Za-z]", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", code):
        return False
    return int("".join(str(int(symbol, 36)) for symbol in code[4:] + code[:4])) % 97 == 1


def ssn(text: str) -> bool:
    """A US social security number that could be issued (no area 000, 666, 9xx, group 00 or serial 0000)."""
    digits = re.sub(r"[^0-9]", "", text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    known_example = digits in {"123456789", "078051120", "219099999"}
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000" and not known_example


def crypto_address(text: str) -> bool:
    """A Bitcoin address: Base58Check or Bech32 checksum (presidio-analyzer's implementation)."""
    return bool(_crypto().validate_result(text))


@lru_cache(maxsize=1)
def _crypto() -> CryptoRecognizer:
    kind = recognizer_class("CryptoRecognizer")
    assert kind is not None
    return kind()


def npi(text: str) -> bool:
    """US National Provider Identifier: Luhn with the prefix 80840."""
    return luhn("80840" + text)


def nhs(text: str) -> bool:
    """UK NHS number: weights 10 to 2, modulo 11."""
    digits = [int(character) for character in text if character.isdigit()]
    return len(digits) == 10 and sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11 == 0


def phone_international(text: str) -> bool:
    """A number with its country: libphonenumber knows the country, and its length is possible there."""
    return _phone("+" + re.sub(r"^(?:\(?\+|00)[ .-]?", "", text), None, valid=False)


DATES = re.compile(
    r"(?:19|20)\d{2}[-/.](?:0[1-9]|1[0-2])"  # 2021-10
    r"|0\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"  # 0102-07-04, a year that a mail program got wrong
    r"|(?:19|20)\d{2}([-/. ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?:[ -].*)?"  # 2021-10-08, with time
    r"|(?:0?[1-9]|[12]\d|3[01])([-/. ])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:19|20)\d{2}|\d{2})(?:[ -]\d{1,2})?"  # 08-10-2021
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01]) \d{1,2}"  # 10/31 14 of 10/31 14:22
    r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[ -]?\d{2,6})?"  # 20211008 1422
    r"|(?:(?:19|20)\d{2} ?[-/ ] ?)+(?:19|20)\d{2}"  # 2001-2002 2003
    r"|(?:0?[1-9]|[12]\d|3[01])[ -/](?:19|20)\d{2}"  # of (December) 31 1986
)
FRACTIONS = re.compile(
    r"(?<![0-9])\d{1,2}-\d{1,2}/\d{1,2}(?![0-9])"  # 7-11/16
    r"|\d+\.\d{1,2}[/( -]+\d+(?:\.\d+)?$"  # 454.50/455
    r"|^\d+\.\d{2,4}/\d+"
    r"|^(?:19|20)\d{2}/\d{2,4}$"  # 1986/87
)
DECIMALS = re.compile(r"-?\d+\.\d+(?:[ -]+\d+\.\d+)*(?:[ -]+\d+)*|\d{1,3}(?:\.\d{1,3}){3}|\d{1,3}(?:,\d{3})+")
NUMERALS = str.maketrans("零〇○一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖", "00012345678921123456789")
MOBILE = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}")
"""Segments of Chinese mobile numbers."""


def phone_shape(text: str) -> bool:
    """Digits that are not written as dates, decimals, fractions, years or an IP address."""
    return not (DATES.fullmatch(text) or DECIMALS.fullmatch(text) or FRACTIONS.search(text))


def chinese_numerals(text: str) -> bool:
    """A Chinese mobile number of which some digits are written as characters."""
    digits = re.sub("[^0-9]", "", text.translate(NUMERALS))
    return not text.isascii() and MOBILE.fullmatch(digits) is not None


def phone_of(regions: Sequence[str]) -> Validator:
    """A validator: the number is valid in the numbering plan of one of the regions."""

    def valid(text: str) -> bool:
        return phone_shape(text) and any(_phone(text, region, valid=True) for region in regions)

    return valid


def _phone(text: str, region: str | None, *, valid: bool) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number) if valid else phonenumbers.is_possible_number(number))


VALIDATORS: dict[str, Validator] = {
    "bare_address": bare_address,
    "basic_auth": basic_auth,
    "chosen_word": chosen_word,
    "connection": connection,
    "password": password,
    "disguised_email": disguised_email,
    "eip55": eip55,
    "mac": mac,
    "card": payment_card,
    "chinese_numerals": chinese_numerals,
    "crypto": crypto_address,
    "email": email,
    "entropy": entropy,
    "gb11643": gb11643,
    "gb11643_shape": gb11643_shape,
    "gb32100": gb32100,
    "handle": handle,
    "iban": iban,
    "imei": imei,
    "ip": ip,
    "issued": issued,
    "luhn": luhn,
    "message_id": message_id,
    "nhs": nhs,
    "npi": npi,
    "phone_international": phone_international,
    "phone_shape": phone_shape,
    "public_suffix": public_suffix,
    "ssn": ssn,
    "vin": vin,
    "wallet": wallet,
    **NATIONAL,
}

CHECKSUMS = frozenset({"card", "crypto", "eip55", "email", "gb11643", "gb32100", "iban", "wallet"})
"""Validators whose success alone is proof. Excludes those of one check digit over few digits:
one number in ten or eleven passes them by chance."""
CHECKSUMS_BESIDE_A_WORD = CHECKSUMS | frozenset(NATIONAL) - {"pan", "denmark"} | {"imei"}
"""Validators whose success is proof together with a context word."""
PHONE = "phone"
"""The one validator that depends on the run: see `validator`."""


@lru_cache(maxsize=64)
def validator(name: str) -> Validator:
    """The validator of a rule: a name of `VALIDATORS`, or ``phone:US,GB``."""
    kind, _, regions = name.partition(":")
    return phone_of(regions.split(",")) if kind == PHONE else VALIDATORS[kind]
