"""A rules file with a value of the wrong type is refused with the file, the recognizer and the key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.config.settings import PiiSettings
from auditor.core.policy import load_policy
from auditor.errors import InputError
from auditor.pii.detector import Detector
from auditor.pii.exceptions import Exceptions, load_exceptions
from auditor.pii.patterns.recognizers import load_rules

WRONG = {
    "patterns: abc": "patterns",
    "patterns: [abc]": "patterns entry 1",
    "patterns: [{name: p}]": "regex of patterns entry 1",
    "patterns: [{name: p, regex: 5, score: 0.5}]": "regex of patterns entry 1",
    "patterns: [{name: p, regex: zz, score: high}]": "score of patterns entry 1",
    "patterns: [{name: p, regex: zz, score: 99}]": "score of patterns entry 1",
    "context: 5, patterns: [{name: p, regex: zz, score: 0.5}]": "context",
    "needs_context: 1, patterns: [{name: p, regex: zz, score: 0.5}]": "needs_context",
    "no_chinese: 5, patterns: [{name: p, regex: zz, score: 0.5}]": "no_chinese",
    "deny_list: 5": "deny_list",
    "deny_list: [5]": "deny_list",
}


@pytest.mark.parametrize(("text", "key"), WRONG.items())
def test_a_recognizer_with_a_value_of_the_wrong_type_is_refused(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(f"recognizers:\n- {{name: Own, supported_entity: X, {text}}}\n")
    with pytest.raises(InputError) as caught:
        load_rules([str(file)])
    assert caught.value.where == f"{file}: Own"
    assert f": {key} is not " in caught.value.what


@pytest.mark.parametrize("pattern", ["$nothing", "(?<=1)2", "("])
def test_a_pattern_of_what_is_none_must_be_known_and_re2(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "own.yaml"
    own = f'no_chinese: "{pattern}", patterns: [{{name: p, regex: "[0-9]{{4}}", score: 0.5}}]'
    file.write_text(f"recognizers:\n- {{name: Own, supported_entity: X, {own}}}\n")
    with pytest.raises(InputError) as caught:
        load_rules([str(file)])
    assert str(caught.value.where).startswith(f"{file}: Own")


def test_flags_that_are_no_number_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("global_regex_flags: abc\nrecognizers: []\n")
    with pytest.raises(InputError, match="whole number"):
        load_rules([str(file)])


@pytest.mark.parametrize(
    ("key", "value"),
    [("parts", "[trian]"), ("weight", "-5"), ("safe_only", "maybe"), ("codes", "DUP"), ("reason", "5")],
)
def test_a_policy_with_a_value_of_the_wrong_type_is_refused(tmp_path: Path, key: str, value: str) -> None:
    item = {"name": "a", "codes": "[DUP]", "action": "drop", key: value}
    file = tmp_path / "policy.yaml"
    file.write_text("rules:\n- {" + ", ".join(f"{name}: {given}" for name, given in item.items()) + "}\n")
    with pytest.raises(InputError) as caught:
        load_policy(file)
    assert caught.value.where == f"{file}: rule 'a': {key}"


@pytest.mark.parametrize("text", ["rules: 5", "a: 1", "", "rules: [5]", "rules: [{codes: [DUP], action: drop}]"])
def test_a_policy_that_is_not_in_its_form_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_policy(file)
    assert caught.value.where.startswith(str(file))


@pytest.mark.parametrize(("text", "key"), [("allow: 5", "allow"), ("allow: [[1]]", "allow"), ("deny: a", "deny")])
def test_exceptions_that_are_not_in_their_form_are_refused(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_exceptions(file, date(2026, 1, 1))
    assert caught.value.where == f"{file}: {key}"


def test_exceptions_without_entries_are_none(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text("allow:\ndeny:\n")
    assert load_exceptions(file, date(2026, 1, 1)) == Exceptions()


def test_a_recognizer_that_presidio_lacks_is_an_error_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("recognizers:\n- {name: Nope, type: predefined}\n")
    with pytest.raises(InputError) as caught:
        Detector(PiiSettings(rules=(str(file),)), "en", date(2026, 1, 1))
    assert caught.value.where == f"{file}: Nope"
