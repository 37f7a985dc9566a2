"""Check digits of identity, social security and tax numbers, by country.

Most are a weighted sum of the digits modulo something; those are rows of `SUMS`. The rest have a function each.
Sources: the issuing authorities' specifications, as collected by python-stdnum, against which every check was compared
on random numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from auditor.text.checkdigits import luhn_digit

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
TAIWAN = {letter: value for value, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}
HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
FISCAL_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
FISCAL_LETTERS = (*FISCAL_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
FISCAL_ODD = dict(zip("0123456789" + LETTERS, FISCAL_DIGITS + FISCAL_LETTERS, strict=True))
"""Values of the characters in odd places of a codice fiscale."""
VERHOEFF_P = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
VERHOEFF_D = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip


def _sum(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _varied(code: str) -> bool:
    return len(set(code)) > 1


def _day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def aadhaar(code: str) -> bool:
    """India: 12 digits, Verhoeff (1969)."""
    check = 0
    for place, digit in enumerate(reversed(code)):
        value = int(digit)
        for _ in range(place % 8):
            value = VERHOEFF_P[value]
        check = VERHOEFF_D[check][value]
    return len(code) == 12 and code[0] not in "01" and check == 0 and code != code[::-1]


def cpf(code: str) -> bool:
    """Brazil, person: 11 digits, two check digits modulo 11."""
    first = _sum(code[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = _sum(code[:10], range(11, 1, -1)) * 10 % 11 % 10
    return _varied(code) and code[9:] == f"{first}{second}"


def cnpj(code: str) -> bool:
    """Brazil, company: 14 digits, two check digits modulo 11."""
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    first = -_sum(code[:12], weights[1:]) % 11 % 10
    second = -_sum(code[:13], weights) % 11 % 10
    return _varied(code) and code[12:] == f"{first}{second}"


def dni(code: str) -> bool:
    """Spain: DNI, or NIE with X, Y or Z for the first digit; letter modulo 23."""
    digits = code[:-1].translate(str.maketrans("XYZ", "012"))
    return digits.isdigit() and DNI_LETTERS[int(digits) % 23] == code[-1]


def steuer_id(code: str) -> bool:
    """Germany: 11 digits, ISO 7064 MOD 11,10; of the first ten one occurs twice or three times, the others once."""
    counts = sorted((code[:10].count(digit) for digit in set(code[:10])), reverse=True)
    return code[0] != "0" and counts[0] in {2, 3} and max(counts[1:]) == 1 and _mod11_10(code)


def _mod11_10(code: str) -> bool:
    check = 5
    for digit in code:
        check = ((check or 10) * 2 % 11 + int(digit)) % 10
    return check == 1


def my_number(code: str) -> bool:
    """Japan: 12 digits, modulo 11."""
    rest = _sum(code[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return _varied(code) and int(code[11]) == (11 - rest if rest > 1 else 0)


def rrn(code: str) -> bool:
    """South Korea: 13 digits with a birth date, modulo 11."""
    century = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "5": 1900, "6": 1900}.get(code[6], 2000)
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    check = (11 - _sum(code[:12], weights) % 11) % 10
    return _day(century + int(code[:2]), int(code[2:4]), int(code[4:6])) and int(code[12]) == check


def taiwan(code: str) -> bool:
    """Taiwan: a letter and 9 digits, modulo 10; the first of them is a letter in older numbers of residents."""
    second = code[1] if code[1].isdigit() else str(TAIWAN[code[1]] % 10)
    digits = f"{TAIWAN[code[0]]}{second}{code[2:]}"
    return _sum(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def hkid(code: str) -> bool:
    """Hong Kong: one or two letters, 6 digits and a check character modulo 11."""
    if not re.fullmatch("[A-Z]{1,2}[0-9]{6}[0-9A]", code):
        return False
    body = [LETTERS.index(symbol) + 10 if symbol.isalpha() else int(symbol) for symbol in code[:-1]]
    values = [36] * (8 - len(body)) + body
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=False))
    return (total + (10 if code[-1] == "A" else int(code[-1], 36))) % 11 == 0


def nric(code: str) -> bool:
    """Singapore: S, T, F or G, 7 digits and a letter modulo 11."""
    total = _sum(code[1:8], (2, 7, 6, 5, 4, 3, 2)) + (4 if code[0] in "TG" else 0)
    return ("JZIHGFEDCBA" if code[0] in "ST" else "XWUTRQPNMLK")[total % 11] == code[8]


def tc_kimlik(code: str) -> bool:
    """Turkey: 11 digits, two check digits."""
    digits = [int(digit) for digit in code]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return code[0] != "0" and digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def codice_fiscale(code: str) -> bool:
    """Italy: 16 characters, letter modulo 26."""
    values = [int(symbol) if symbol.isdigit() else LETTERS.index(symbol) for symbol in code[:15]]
    values[::2] = [FISCAL_ODD[symbol] for symbol in code[:15:2]]
    return LETTERS[sum(values) % 26] == code[15]


def nir(code: str) -> bool:
    """France: 13 characters and a key, 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    body = code[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and int(code[13:]) == 97 - int(body) % 97


def personnummer(code: str) -> bool:
    """Sweden: date of birth (day plus 60: coordination number) and 4 digits, Luhn over the last ten."""
    short = code[-10:]
    day = int(short[4:6]) - (60 if int(short[4:6]) > 60 else 0)
    return _day(2000, int(short[2:4]), day) and luhn_digit(short[:9]) == short[9]


def sin(code: str) -> bool:
    """Canada: 9 digits, Luhn."""
    return _varied(code) and luhn_digit(code[:8]) == code[8]


def pan(code: str) -> bool:
    """India, tax: form only; the fourth letter is the kind of holder."""
    return code[3] in "ABCFGHLJPTK" and code[5:9] != "0000"


def ahv(code: str) -> bool:
    """Switzerland: 756 and 10 digits, EAN-13 check digit."""
    return code.startswith("756") and -_sum(code[:12], (1, 3) * 6) % 10 == int(code[12])


def belgium(code: str) -> bool:
    """Belgium: 11 digits, 97 minus the first nine modulo 97, a 2 in front for births from 2000."""
    key = int(code[9:])
    return _varied(code) and key in {97 - int(code[:9]) % 97, 97 - int("2" + code[:9]) % 97}


def hetu(code: str) -> bool:
    """Finland: date of birth, sign of the century, 3 digits and a character modulo 31."""
    return _day(2000, int(code[2:4]), int(code[:2])) and HETU[int(code[:6] + code[-4:-1]) % 31] == code[-1]


def norway(code: str) -> bool:
    """Norway: date of birth, 3 digits, two check digits modulo 11."""
    first = -_sum(code[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -_sum(code[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return _varied(code) and code[9:] == f"{first}{second}"


def rut(code: str) -> bool:
    """Chile: 7 or 8 digits and a check character modulo 11."""
    rest = sum(int(digit) * (4 + (5 - place) % 6) for place, digit in enumerate(reversed(code[:-1])))
    return _varied(code[:-1]) and "0123456789K"[rest % 11] == code[-1]


def portugal(code: str) -> bool:
    """Portugal: 9 digits, modulo 11."""
    return _varied(code) and int(code[8]) == -_sum(code[:8], range(9, 1, -1)) % 11 % 10


def denmark(code: str) -> bool:
    """Denmark: date of birth and 4 digits; since 2007 there is no check digit."""
    return _day(2000, int(code[2:4]), int(code[:2]))


def south_africa(code: str) -> bool:
    """South Africa: 13 digits with a birth date, Luhn."""
    return _day(2000, int(code[2:4]), int(code[4:6])) and code[10] in "01" and luhn_digit(code[:12]) == code[12]


SUMS: dict[str, tuple[tuple[int, ...], int]] = {
    "bsn": ((9, 8, 7, 6, 5, 4, 3, 2, -1), 11),  # Netherlands
    "pesel": ((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10),  # Poland
    "tfn": ((1, 4, 3, 7, 5, 8, 6, 9, 10), 11),  # Australia
}
"""Weights of the digits and the modulus of which their sum is a multiple."""
CHECKS: dict[str, Callable[[str], bool]] = {
    check.__name__: check
    for check in (
        aadhaar, ahv, belgium, cnpj, codice_fiscale, cpf, denmark, dni, hetu, hkid, my_number, nir, norway, nric, pan,
        personnummer, portugal, rrn, rut, sin, south_africa, steuer_id, taiwan, tc_kimlik,
    )
}  # fmt: skip


def national(name: str) -> Callable[[str], bool]:
    """The check `name` of `CHECKS` or `SUMS`, for a number as it is written."""

    def valid(text: str) -> bool:
        code = re.sub(r"[^0-9A-Za-z]", "", text).upper()
        if name in CHECKS:
            try:
                return CHECKS[name](code)
            except (ValueError, IndexError, KeyError):  # not of the form that the check is for
                return False
        weights, modulus = SUMS[name]
        return code.isdigit() and _varied(code) and len(code) == len(weights) and _sum(code, weights) % modulus == 0

    return valid


NATIONAL = {name: national(name) for name in (*CHECKS, *SUMS)}
