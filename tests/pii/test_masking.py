"""Masking: spans from whatever side, one value one token, invented values that are nobody's, keys nobody else reads."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.settings import PiiSettings, PrepareSettings
from auditor.errors import InputError, SafetyError, UsageError
from auditor.pii.detector import Detector, detector
from auditor.pii.entities import entities
from auditor.pii.masking.key import Key, load_key
from auditor.pii.masking.masker import Masked, Masker, mask_text, normalised
from auditor.pii.masking.surrogates import REPLACED, surrogate
from auditor.pii.patterns.validators import gb11643, gb32100, iban, nhs, payment_card
from auditor.store import write_secret

KEY = Key(bytes(range(32)))
OTHER = Key(bytes(range(1, 33)))
ANNA = "anna@corp.io"


def masker(way: str, key: Key | None = KEY, **more: object) -> Masker:
    return Masker(PrepareSettings(mask=way, **more), key)  # type: ignore[arg-type]


@given(st.text(min_size=1), st.data())
def test_what_no_span_covers_stays_and_nothing_a_span_covers_does(text: str, data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.integers(0, len(text) - 1), max_size=5))
    spans = [(start, data.draw(st.integers(start + 1, len(text))), "X") for start in starts]
    covered = {place for start, end, _ in spans for place in range(start, end)}
    masked = masker("replace")(Masked(text), spans)
    bare = "".join(character for place, character in enumerate(text) if place not in covered)
    rest, position = [], 0
    for start, end, _ in masked.inserted:
        assert masked.text[start:end] == "<X>"
        rest.append(masked.text[position:start])
        position = end
    assert "".join([*rest, masked.text[position:]]) == bare


@given(st.text(alphabet="ab 12@<>", min_size=1), st.data())
def test_masking_again_leaves_what_was_put_in(text: str, data: st.DataObject) -> None:
    def spans(of: str) -> list[tuple[int, int, str]]:
        starts = data.draw(st.lists(st.integers(0, len(of) - 1), max_size=3)) if of else []
        return [(start, data.draw(st.integers(start + 1, len(of))), "Y") for start in starts]

    once = masker("surrogate")(Masked(text), spans(text))
    twice = masker("surrogate")(once, spans(once.text))
    before = [once.text[start:end] for start, end, _ in once.inserted]
    after = [twice.text[start:end] for start, end, _ in twice.inserted]
    rest = iter(after)
    assert all(piece in rest for piece in before)


def test_the_ways() -> None:
    text, spans = f"to {ANNA}!", [(3, 15, "EMAIL_ADDRESS")]
    assert mask_text(text, spans, "replace") == "to <EMAIL_ADDRESS>!"
    assert mask_text(text, spans, "mask") == "to ************!"
    assert mask_text(text, spans, "redact") == "to !"
    token = masker("hmac").replacement("EMAIL_ADDRESS", ANNA)
    assert re.fullmatch("<EMAIL_ADDRESS_[a-z]{16}>", token)  # 16 of 16 letters: 64 bits
    own = masker("replace", mask_entities=("EMAIL_ADDRESS=redact",))
    assert own(Masked(text), spans).text == "to !"
    assert own.replacement("PERSON", "Anna") == "<PERSON>"


def test_one_value_has_one_token_whatever_its_writing() -> None:
    token = masker("hmac").replacement
    assert token("PERSON", "John  Smith") == token("PERSON", "JOHN SMITH")
    assert token("PHONE_NUMBER", "(212) 555-0147") == token("PHONE_NUMBER", "212.555.0147")
    assert token("CN_MOBILE", "+86 13812345678") == token("CN_MOBILE", "１３８ 1234 5678")
    assert token("PERSON", "John Smith") != token("PERSON", "Jane Smith")
    assert token("PERSON", "12345678901") != token("CN_MOBILE", "12345678901")
    assert token("PERSON", "John Smith") != masker("hmac", OTHER).replacement("PERSON", "John Smith")
    assert normalised("EMAIL_ADDRESS", "A.B@x.org") != normalised("EMAIL_ADDRESS", "AB@x.org")


VALUES = {
    "EMAIL_ADDRESS": ANNA, "PHONE_NUMBER": "(212) 736-5000", "CREDIT_CARD": "4111 1111 1111 1111",
    "IBAN_CODE": "DE89370400440532013000", "US_SSN": "219-09-9998", "CN_ID_CARD": "11010519491231002X",
    "CN_MOBILE": "13812345678", "CN_BANK_CARD": "6222021234567890128", "CN_USCC": "91350211M000100Y43",
    "IP_ADDRESS": "8.8.8.8", "MAC_ADDRESS": "3c:22:fb:01:02:03", "PERSON": "John Smith", "LOCATION": "Berlin",
    "UK_NHS": "943 476 5919", "DATE_OF_BIRTH": "1981-03-27", "CUSTOMER_ID": "Ab-1234",
    "HANDLE": "@anna_k77", "NATIONAL_ID": "111.444.777-35",
}  # fmt: skip
VALID = {
    "CREDIT_CARD": payment_card, "CN_BANK_CARD": payment_card, "IBAN_CODE": iban, "CN_ID_CARD": gb11643,
    "CN_USCC": gb32100, "UK_NHS": nhs,
}  # fmt: skip
RESERVED = {
    "EMAIL_ADDRESS": r"[a-z.0-9]+@example\.(?:com|org|net)", "PHONE_NUMBER": r"\(\d{3}\) 555-01\d\d",
    "CREDIT_CARD": r"4000 00\d\d \d{4} \d{4}", "IBAN_CODE": r"GB\d\dTEST\d{14}", "US_SSN": r"9\d\d-[1-4]\d-\d{4}",
    "CN_ID_CARD": r"1199\d{13}[\dX]", "CN_MOBILE": r"154\d{8}", "CN_BANK_CARD": r"621626\d{13}",
    "CN_USCC": r"911199.{12}", "IP_ADDRESS": r"(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+",
    "MAC_ADDRESS": "00:00:5E:00:53:..", "UK_NHS": r"999 \d{3} \d{4}", "DATE_OF_BIRTH": r"\d{4}-\d\d-\d\d",
    "CUSTOMER_ID": r"[A-Z][a-z]-\d{4}", "PERSON": "[A-Z][a-z]+ [A-Z][a-z]+", "LOCATION": "[A-Z][a-z]+",
    "HANDLE": r"@example_\d{8}", "NATIONAL_ID": r"000\.00\d\.\d{3}-\d\d",
}  # fmt: skip


@given(st.binary(min_size=32, max_size=32), st.sampled_from(sorted(VALUES)))
def test_a_surrogate_is_of_its_type_and_of_nobody(digest: bytes, entity: str) -> None:
    invented = surrogate(entity, VALUES[entity], digest)
    assert invented is not None
    assert re.fullmatch(RESERVED[entity], invented)
    assert entity not in VALID or VALID[entity](invented)
    assert invented != VALUES[entity]
    assert surrogate(entity, VALUES[entity], digest) == invented


@given(st.sampled_from(sorted(set(entities()) - REPLACED)), st.text(min_size=1, max_size=40), st.binary(min_size=32))
def test_every_type_has_a_surrogate_whatever_was_found(entity: str, value: str, seed: bytes) -> None:
    assert surrogate(entity, value, seed[:32]) != value


@pytest.fixture(scope="module")
def chinese() -> Detector:
    return detector(PiiSettings(), "zh", date(2026, 1, 1))


def test_a_chinese_surrogate_is_chinese_and_found_as_what_it_is(chinese: Detector) -> None:
    invent = masker("surrogate").replacement
    assert re.fullmatch("[\u4e00-\u9fff]{2,3}", invent("PERSON", "王小明"))
    assert re.fullmatch("[\u4e00-\u9fff]", invent("PERSON", "王"))
    assert re.fullmatch("[\u4e00-\u9fff]+路\\d+号", invent("STREET_ADDRESS", "北京市朝阳区望京街5号"))
    for entity in ("CN_ID_CARD", "CN_BANK_CARD", "CN_USCC"):
        text = f"他的号码是{invent(entity, VALUES[entity])}谢谢"
        assert [span.entity for span in chinese.spans([text], ner=False)[0]] == [entity]


def test_secrets_are_never_imitated() -> None:
    assert masker("surrogate").replacement("CLOUD_KEY", "AKIAIOSFODNN7EXAMPLE") == "<CLOUD_KEY>"
    assert masker("surrogate").replacement("UNCHECKED", "a line") == "<UNCHECKED>"


def _settings(**own: object) -> PrepareSettings:
    return PrepareSettings(mask="hmac", **own)  # type: ignore[arg-type]


def test_a_key_from_a_file_and_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "key"
    old = os.umask(0)
    try:
        write_secret(file, b"ab" * 32 + b"\n")
    finally:
        os.umask(old)
    assert file.stat().st_mode & 0o777 == 0o600
    key = load_key(_settings(key_file=str(file)), 0, {})
    assert key == load_key(_settings(), 0, {"AUDITOR_KEY": "AB" * 32}) == Key(b"\xab" * 32)
    assert "ab" * 4 not in repr(key)
    assert key.id is not None
    assert re.fullmatch("[0-9a-f]{16}", key.id)
    assert key.id != OTHER.id


@pytest.mark.parametrize(("mode", "data"), [(0o644, b"k" * 32), (0o640, b"k" * 32), (0o604, b"ab" * 32)])
def test_a_key_that_others_may_read_is_refused(mode: int, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(data)
    file.chmod(mode)
    with pytest.raises(SafetyError) as caught:
        load_key(_settings(key_file=str(file)), 0, {})
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("data", [b"", b"k" * 31, b"k" * 33, b"ab" * 16, b"zz" * 32])
def test_a_key_of_the_wrong_length_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_secret(file, data)
    with pytest.raises(InputError) as caught:
        load_key(_settings(key_file=str(file)), 0, {})
    assert caught.value.exit_code == 3


def test_pseudonyms_without_a_key_are_refused_and_surrogates_take_the_seed(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_key(_settings(), 0, {})
    with pytest.raises(UsageError):
        load_key(PrepareSettings(mask_entities=("PERSON=hmac",)), 0, {})
    with pytest.raises(InputError):
        load_key(_settings(key_file=str(tmp_path / "absent")), 0, {})
    made = PrepareSettings(mask="surrogate")
    assert load_key(made, 1, {}) == load_key(made, 1, {}) != load_key(made, 2, {})
    assert load_key(made, 1, {}).id is None
