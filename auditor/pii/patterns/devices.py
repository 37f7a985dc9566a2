"""Check digits of telephones and vehicles."""

from __future__ import annotations

from auditor.text.checkdigits import luhn_digit

_VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(
        zip(
            "ABCDEFGHJKLMNPRSTUVWXYZ",
            (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
            strict=True,
        )
    ),
}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def imei(text: str) -> bool:
    """A device number of 3GPP TS 23.003: 15 digits with a right Luhn digit."""
    digits = "".join(character for character in text if character.isdigit())
    return len(digits) == 15 and len(set(digits)) > 2 and luhn_digit(digits[:-1]) == digits[-1]


def vin(text: str) -> bool:
    """A vehicle number of ISO 3779: letters and digits, and a right check digit where North America requires it."""
    code = text.upper()
    if code.isdigit() or len(set(code)) < 5:
        return False
    if code[0] not in "12345":
        return True
    total = sum(_VIN_VALUES[character] * weight for character, weight in zip(code, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == code[8]
