"""Check digits of identifiers, computed from the preceding characters."""

from __future__ import annotations

GB11643_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
GB11714_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
USCC_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def luhn_digit(digits: str) -> str:
    """ISO/IEC 7812-1 annex B: the digit that follows `digits`."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def gb11643_symbol(digits: str) -> str:
    """GB 11643-1999 (ISO 7064 MOD 11-2): the 18th character after 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, GB11643_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def gb11714_symbol(code: str) -> str:
    """GB 11714-1997: the 9th character of an organisation code."""
    total = sum(BASE36.index(symbol) * weight for symbol, weight in zip(code, GB11714_WEIGHTS, strict=True))
    return "0X987654321"[total % 11]


def gb32100_symbol(code: str) -> str:
    """GB 32100-2015: the 18th character of a unified social credit code."""
    return USCC_SYMBOLS[-sum(USCC_SYMBOLS.index(symbol) * pow(3, place, 31) for place, symbol in enumerate(code)) % 31]


def iban_digits(country: str, account: str) -> str:
    """ISO 13616 (MOD 97-10): the two digits between country and account."""
    return f"{98 - int(''.join(str(int(symbol, 36)) for symbol in f'{account}{country}00')) % 97:02}"


def nhs_digit(digits: str) -> str | None:
    """UK NHS number: the check digit after nine digits; None for remainder 10, which has no valid digit."""
    remainder = -sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
    return None if remainder == 10 else str(remainder)
