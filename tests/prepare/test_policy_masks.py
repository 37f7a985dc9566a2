"""What the policy masks: strong evidence; what only fits a form is flagged, unless it is asked for."""

import pytest

from auditor.config.settings import Settings
from auditor.core.findings import findings
from auditor.core.policy import load_policy
from auditor.errors import InputError
from auditor.pii.run_masking import policy_of
from auditor.pii.spans import Evidence, Span
from tests.corpora import corpus
from tests.prepare.made import drafted, varied

ONE_PART = {"test": 0.0, "validation": 0.0}


def action(code, confidence, entity="X", **own):
    """(action, rule) of a finding under the settings."""
    settings = Settings.model_validate(own)
    c = corpus(varied(2))
    found = [
        findings(
            code, "warn", [0], column="text", start=[0], end=[3], confidence=confidence, value=entity, entity=entity
        )
    ]
    plan, *_ = drafted(c, found, policy=policy_of(settings), **ONE_PART)
    return plan.table.column("action")[0].as_py(), plan.table.column("rule")[0].as_py()


@pytest.mark.parametrize(
    ("code", "confidence", "own", "expected"),
    [
        ("PII001", 1.0, {}, ("mask", "personal-data")),
        ("PII006", 0.9, {}, ("mask", "personal-data")),
        ("PII006", 0.7, {}, ("flag", "possible")),
        ("PII006", 0.7, {"prepare": {"mask_possible": True}}, ("mask", "personal-data")),
        ("PII902", 0.7, {}, ("flag", "possible")),
        ("PII902", 1.0, {}, ("mask", "personal-data")),
        ("PII017", 0.7, {}, ("mask", "handles")),
        ("PII008", 0.5, {}, ("flag", "names")),
        ("PII008", 0.5, {"pii": {"ner": "full"}}, ("mask", "names-everywhere")),
        ("PII011", 0.5, {}, ("flag", "tagged")),
        ("PII011", 0.5, {"prepare": {"mask_possible": True}}, ("flag", "tagged")),
        ("PII011", 0.5, {"pii": {"ner": "full"}}, ("mask", "personal-data")),
        ("PII013", 1.0, {"pii": {"ner": "full"}}, ("flag", "not-personal")),
    ],
)
def test_action_by_evidence(code, confidence, own, expected):
    assert action(code, confidence, **own) == expected


@pytest.mark.parametrize(("evidence", "possible", "masked"), [
    (Evidence.PATTERN, False, False), (Evidence.PATTERN, True, True), (Evidence.CONTEXT, False, True),
    (Evidence.VALIDATED, False, True), (Evidence.NER, False, False),
])  # fmt: skip
def test_the_second_search_masks_what_the_policy_masks(evidence, possible, masked, tmp_path):
    from auditor.pii.run_masking import Masking

    settings = Settings.model_validate({"prepare": {"mask_possible": possible}})
    masking = Masking(corpus(varied(1)), settings, tmp_path / "run", is_used=True)
    assert masking.masks(Span(0, 3, "PHONE_NUMBER", 0.6, evidence)) is masked


def test_reasons_name_the_setting_that_was_not_given():
    reasons = {rule.name: rule.reason for rule in load_policy().rules}
    assert "--ner full, which was not given" in reasons["names"]
    assert "prepare.mask_possible, which is not set" in reasons["possible"]
    assert "names" not in {rule.name for rule in policy_of(Settings.model_validate({"pii": {"ner": "full"}})).rules}


def test_max_confidence_must_be_a_number(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("rules:\n  - {name: x, codes: [PII], action: flag, max_confidence: high}\n")
    with pytest.raises(InputError, match="not a number"):
        load_policy(path)
