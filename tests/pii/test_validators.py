"""Checksums against the examples of their standards, and against every one-character error."""

from __future__ import annotations

import pytest

from auditor.pii.patterns.validators import validator

VALID = [
    ("gb11643", "11010519491231002X"),  # annex of GB 11643-1999
    ("gb11643", "440524188001010014".replace("1880", "1980").replace("0014", "0013")),
    ("gb32100", "91350100M000100Y43"),  # annex of GB 32100-2015
    ("card", "4111111111111111"),
    ("card", "378282246310005"),
    ("card", "6222021234567890128"),
    ("iban", "GB82 WEST 1234 5698 7654 32"),  # registry of ISO 13616
    ("iban", "DE89370400440532013000"),
    ("crypto", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
    ("nhs", "943 476 5919"),
    ("npi", "1234567893"),
    ("ssn", "219-09-9998"),
    ("ip", "192.168.0.1"),
    ("ip", "2001:db8::1"),
    ("email", "someone@example.co.uk"),
    ("public_suffix", "example.org"),
    ("phone_international", "+44 20 7946 0958"),
    ("phone:US,GB", "(212) 456-7890"),
]
INVALID = [
    ("gb11643", "110105194912310021"),
    ("gb11643", "11010519491331002X"),
    ("gb11643", "99010519491231002X"),
    ("gb32100", "91350100M000100Y44"),
    ("card", "0000000000000000"),
    ("card", "4111111111111112"),
    ("iban", "GB82 WEST 1234 5698 7654 33"),
    ("crypto", "1BoatSLRHtKNngkdXEeobR76b53LETtpyU"),
    ("nhs", "943 476 5918"),
    ("ssn", "000-12-3456"),
    ("ssn", "666-12-3456"),
    ("ssn", "901-12-3456"),
    ("ip", "::"),
    ("ip", "256.1.1.1"),
    ("email", "someone@example.notatld"),
    ("public_suffix", "co.uk"),
    ("phone_international", "+999 123"),
    ("phone:US", "(020) 7946 0958"),
    ("phone_shape", "2024-05-06"),
    ("phone_shape", "192.168.100.100"),
    ("entropy", "aaaaaaaaaaaaaaaaaaaaaa"),
]


@pytest.mark.parametrize(("name", "text"), VALID)
def test_accepts_the_examples_of_the_standards(name: str, text: str) -> None:
    assert validator(name)(text)


@pytest.mark.parametrize(("name", "text"), INVALID)
def test_refuses_what_is_not_one(name: str, text: str) -> None:
    assert not validator(name)(text)


@pytest.mark.parametrize(("name", "text"), [("gb11643", "11010519491231002X"), ("card", "4111111111111111")])
def test_every_wrong_digit_is_caught(name: str, text: str) -> None:
    for place, character in enumerate(text):
        for other in "0123456789":
            if other != character:
                assert not validator(name)(text[:place] + other + text[place + 1 :])
