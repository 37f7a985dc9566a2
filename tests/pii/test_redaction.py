"""What a run says of itself holds no personal data: the command as typed and its settings."""

from auditor.config.settings import Settings
from auditor.core.findings import detail_of, findings
from auditor.message import message
from auditor.pii.redaction import Redaction, without_personal_data


def test_a_command_and_its_settings_lose_what_is_personal_and_nothing_else():
    typed = {
        "command": "auditor benchmark a.csv b.csv --label ann@example.org",
        "config": {
            "corpus": {"label": "ann@example.org", "text": "text"},
            "seed": 3,
            "since": None,
            "files": ["b.csv"],
        },
    }
    safe = without_personal_data(typed, Settings())
    assert "ann@example.org" not in str(safe)
    assert safe["command"].startswith("auditor benchmark a.csv b.csv --label <")
    assert safe["config"]["corpus"]["text"] == "text" and safe["config"]["seed"] == 3
    assert safe["config"]["files"] == ["b.csv"] and safe["config"]["since"] is None


def test_a_name_with_a_quote_is_replaced_in_the_message_of_a_finding_too():
    name = 'the "ann@example.org" export'
    table = findings("DUP007", "warn", [0], value=f"{name} row 3", detail=detail_of(message("value.row", name, "3")))
    safe = Redaction(files={name: "the <EMAIL_ADDRESS> export"}).table(table).to_pylist()[0]
    assert "ann@example.org" not in str(safe)
    assert safe["value"] == "the <EMAIL_ADDRESS> export row 3" and "<EMAIL_ADDRESS>" in safe["detail"]
