"""Surrogates for numbers: valid check digits, in ranges that are reserved or never assigned.

Reserved by a standard: 555-01xx (NANPA) and 020 7946 0xxx (Ofcom) for fiction, 192.0.2.0/24, 198.51.100.0/24 and
203.0.113.0/24 (RFC 5737), 2001:db8::/32 (RFC 3849), 00-00-5E-00-53-xx (RFC 7042), NHS numbers from 999, the test cards
from 400000 and 621626. Never given out: social security areas 9xx, tax groups 93, national insurance prefix QQ, the
Chinese district codes 1199xx, mobile segment 154, plates with I, passports EI, area numbers that begin with 1, QQ
numbers, post codes and other countries' identity numbers from 00.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from auditor.pii.masking.surrogate_draw import Draw, fill
from auditor.text.checkdigits import (
    gb11643_symbol,
    gb11714_symbol,
    gb32100_symbol,
    iban_digits,
    luhn_digit,
    nhs_digit,
)

Maker = Callable[[str, Draw], str]


def card(value: str, draw: Draw) -> str:
    """A payment card with a right Luhn digit, as long as the value."""
    return _luhn(value, "37828224" if len(_digits(value)) == 15 else "400000", draw)


def cn_bank_card(value: str, draw: Draw) -> str:
    """A UnionPay card with a right Luhn digit."""
    return _luhn(value, "621626", draw)


def _luhn(value: str, prefix: str, draw: Draw) -> str:
    length = max(len(_digits(value)), 13)
    body = prefix + draw.digits(length - len(prefix) - 1)
    return fill(value, body + luhn_digit(body))


def iban(value: str, draw: Draw) -> str:
    """A British account at the bank TEST, right modulo 97."""
    account = "TEST" + draw.digits(14)
    number = f"GB{iban_digits('GB', account)}{account}"
    return " ".join(re.findall(".{1,4}", number)) if " " in value else number


def ssn(value: str, draw: Draw) -> str:
    """An area that was never given out, outside of the groups of tax numbers."""
    return fill(value, f"9{draw.digits(2)}{draw.number(10, 49)}{draw.digits(4)}")


def itin(value: str, draw: Draw) -> str:
    """A tax number of the group left out."""
    return fill(value, f"9{draw.digits(2)}93{draw.digits(4)}")


def nhs(value: str, draw: Draw) -> str:
    """A British health number of the test range with a right check digit."""
    while (check := nhs_digit(body := "999" + draw.digits(6))) is None:
        pass
    return fill(value, body + check)


def nino(value: str, draw: Draw) -> str:
    """A national insurance number with the prefix that is never given out."""
    return fill(value, f"QQ{draw.digits(6)}{draw.choice('ABCD')}")


def phone(value: str, draw: Draw) -> str:
    """A number kept for fiction: British or Chinese where the value's country code says so, else North American."""
    if re.match(r"(?:\+|00)44", value):
        return f"+44 20 7946 0{draw.digits(3)}"
    if re.match(r"(?:\+|00)86", value):
        return f"+86 {cn_mobile('', draw)}"
    area, line = draw.word("area_us"), f"555-01{draw.digits(2)}"
    if value.startswith(("+", "00")):
        return f"+1 {area} {line.replace('-', ' ')}"
    if len(_digits(value)) < 10:
        return line
    return f"({area}) {line}" if value.startswith("(") else f"{area}-{line}"


def cn_mobile(value: str, draw: Draw) -> str:
    """A mobile number of a segment that is not in use, written as the value is."""
    number = "154" + draw.digits(8)
    return fill(value, number) if len(_digits(value)) == len(number) else number


def cn_landline(value: str, draw: Draw) -> str:
    """A landline number that begins with 1, as no subscriber's does."""
    return f"{draw.choice(['010', '021', '020', '0571', '0755'])}-1{draw.digits(7)}"


def cn_id_card(value: str, draw: Draw) -> str:
    """A resident identity number of a district that does not exist, with a right check character."""
    return _cn_identity(draw) if len(_digits(value)) >= 16 else fill(value, draw.digits(len(value)))


def possible_cn_id(value: str, draw: Draw) -> str:
    """As `cn_id_card`, with a wrong check character."""
    number = cn_id_card(value, draw)
    return number[:-1] + ("0" if number[-1] != "0" else "1")


def _cn_identity(draw: Draw) -> str:
    born = f"{draw.number(1940, 2004)}{draw.number(1, 12):02}{draw.number(1, 28):02}"
    body = f"1199{draw.digits(2)}{born}{draw.digits(3)}"
    return body + gb11643_symbol(body)


def cn_uscc(value: str, draw: Draw) -> str:
    """A social credit code of a district that does not exist, both check characters right."""
    organisation = draw.digits(8)
    while gb11714_symbol(organisation) == "X" and draw.is_left:
        organisation = draw.digits(8)
    body = f"911199{draw.digits(2)}{organisation}{gb11714_symbol(organisation)}"
    return body + gb32100_symbol(body)


def cn_passport(value: str, draw: Draw) -> str:
    """A passport of a series that is left out."""
    return f"EI{draw.digits(7)}"


def cn_permit(value: str, draw: Draw) -> str:
    """A travel permit numbered from 000."""
    return f"{draw.choice('HM')}000{draw.digits(5)}"


def cn_plate(value: str, draw: Draw) -> str:
    """A number plate with the letter that is left out."""
    return f"{draw.choice('京津沪冀豫鲁苏浙粤川')}I{draw.digits(5)}"


def qq(value: str, draw: Draw) -> str:
    """A QQ number that begins with 0, as none does."""
    return "0" + draw.digits(8)


def ip(value: str, draw: Draw) -> str:
    """An address kept for documentation."""
    if ":" in value:
        return f"2001:db8:{draw.number(1, 65535):x}::{draw.number(1, 65535):x}"
    return f"{draw.choice(['192.0.2', '198.51.100', '203.0.113'])}.{draw.number(1, 254)}"


def mac(value: str, draw: Draw) -> str:
    """A device address kept for documentation."""
    return fill(value, f"00005E0053{draw.number(0, 255):02X}")


def postal_code(value: str, draw: Draw) -> str:
    """A post code from 00, as none of these countries has one."""
    return draw.like(value, leading="00")


def national_id(value: str, draw: Draw) -> str:
    """A number written alike whose digits begin with five zeros.

    No date of birth begins so, and where numbers are counted up they are below those given out. Its check digit is
    drawn, not computed: a right one could make it somebody's number in another of the countries.
    """
    return draw.like(value, leading="00000")


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)


NUMBERS: dict[str, Maker] = {
    "CREDIT_CARD": card, "CN_BANK_CARD": cn_bank_card, "IBAN_CODE": iban, "US_SSN": ssn, "US_ITIN": itin,
    "UK_NHS": nhs, "UK_NINO": nino, "PHONE_NUMBER": phone, "CN_MOBILE": cn_mobile, "CN_LANDLINE": cn_landline,
    "CN_ID_CARD": cn_id_card, "POSSIBLE_CN_ID": possible_cn_id, "CN_USCC": cn_uscc, "CN_PASSPORT": cn_passport,
    "CN_HKMO_PERMIT": cn_permit, "CN_PLATE": cn_plate, "QQ": qq, "IP_ADDRESS": ip, "MAC_ADDRESS": mac,
    "POSTAL_CODE": postal_code, "NATIONAL_ID": national_id,
}  # fmt: skip
