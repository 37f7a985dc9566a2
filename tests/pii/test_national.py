"""Identity numbers: published examples hold, and every wrong digit is caught where the check promises it."""

from __future__ import annotations

import pytest

from auditor.pii.patterns.national import NATIONAL
from auditor.pii.patterns.recognizers import load_rules

EXAMPLES = {  # from the authorities' documentation or the encyclopaedia's article on the number
    "aadhaar": "2341 2341 2346",
    "ahv": "756.9217.0769.85",
    "belgium": "85.07.30-033.28",
    "bsn": "111222333",
    "cnpj": "11.222.333/0001-81",
    "codice_fiscale": "RSSMRA85T10A562S",
    "cpf": "111.444.777-35",
    "denmark": "211062-5629",
    "dni": "12345678Z",
    "hetu": "131052-308T",
    "hkid": "A123456(3)",
    "my_number": "1234 5678 9018",
    "nir": "2 55 08 14 168 025 38",
    "norway": "15108695088",
    "nric": "S1234567D",
    "pan": "ABCPE1234F",
    "pesel": "44051401359",
    "personnummer": "811218-9876",
    "portugal": "123456789",
    "rrn": "971013-9019902",
    "rut": "12.345.678-5",
    "sin": "046 454 286",
    "south_africa": "8001015009087",
    "steuer_id": "86 095 742 719",
    "taiwan": "A123456789",
    "tc_kimlik": "10000000146",
    "tfn": "123 456 782",
}
WEAK = {"pan", "denmark"}
"""Numbers without a check digit."""
EVERY_DIGIT = {"aadhaar", "bsn", "dni", "nric", "sin", "tfn", "ahv", "steuer_id", "hetu", "personnummer"}
"""Checks that catch every single wrong digit behind the date."""


def test_every_check_has_an_example_and_a_rule() -> None:
    assert set(EXAMPLES) == set(NATIONAL)
    assert {rule.validate for rule in load_rules().patterns} >= set(NATIONAL)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_example_holds(name: str) -> None:
    assert NATIONAL[name](EXAMPLES[name])


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - WEAK))
def test_hardly_any_number_with_another_last_character_holds(name: str) -> None:
    text = EXAMPLES[name].rstrip(")")
    others = "0123456789" if text[-1].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    held = [other for other in others if NATIONAL[name](text[:-1] + other)]
    assert held == [text[-1]]


@pytest.mark.parametrize("name", sorted(EVERY_DIGIT))
def test_every_wrong_digit_is_caught(name: str) -> None:
    text = EXAMPLES[name]
    for place in [place for place, character in enumerate(text) if character.isdigit()]:
        for other in set("0123456789") - {text[place]}:
            assert not NATIONAL[name](text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("name", sorted(NATIONAL))
@pytest.mark.parametrize("text", ["", "1", "AB", "0" * 9, "0" * 11, "ABCDEFGHIJK", "A" * 16, "9" * 30])
def test_what_is_not_of_the_form_is_refused_and_never_an_error(name: str, text: str) -> None:
    assert not NATIONAL[name](text) or name in {"pan"}
