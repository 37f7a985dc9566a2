"""What a run says of itself holds no personal data: the command as typed and its settings."""

from auditor.config.settings import Settings
from auditor.pii.redaction import without_personal_data


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
