"""`--show-config`: each setting, its value and where that comes from; what is personal or secret is hidden."""

import pytest

from auditor.config.fields import settings_fields

RULES = """\
recognizers:
  - name: Staff number
    supported_entity: STAFF_NUMBER
    patterns: [{name: number, regex: 'ZZ-\\d{6}', score: 0.9}]
"""


def shown(process):
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    lines = [line.split(" = ", 1) for line in process.stdout.splitlines()]
    return {key: tuple(rest.rsplit("  # ", 1)) for key, rest in lines}


@pytest.mark.parametrize("verb", ["run", "scan", "clean", "index", "benchmark"])
def test_without_input_every_setting_is_shown_once(auditor, tmp_path, verb):
    lines = auditor(verb, "--show-config", cwd=tmp_path).stdout.splitlines()
    assert [line.split(" = ")[0] for line in lines] == list(settings_fields())
    assert all(line.endswith("  # default") for line in lines)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("verb", ["run", "scan", "index", "benchmark"])
def test_without_it_the_input_is_needed(auditor, tmp_path, verb):
    process = auditor(verb, cwd=tmp_path)
    assert process.returncode == 2
    assert "Missing" in process.stderr


def test_each_place_is_named_and_the_later_wins(auditor, tmp_path, monkeypatch):
    (tmp_path / "auditor.toml").write_text(
        'seed = 1\nlang = "zh"\nworkers = 1\n[limits]\nduplicates.rate = 0.1\n"labels.noise_rate" = 0.1\n[pii]\nner = "full"\n'
    )
    monkeypatch.setenv("AUDITOR_SEED", "2")
    monkeypatch.setenv("AUDITOR_PII_NER", "off")
    monkeypatch.setenv("AUDITOR_WORKERS", "2")
    words = ["--ner", "sample", "--set", "workers=3", "--max", "labels.noise_rate=1%", "--split", "time"]
    lines = shown(auditor("scan", "--show-config", *words, cwd=tmp_path))
    assert lines["prepare.split"] == ('"time"', "flag --split")
    assert lines["seed"] == ("2", "environment AUDITOR_SEED")
    assert lines["lang"] == ('"zh"', "auditor.toml")
    assert lines["workers"] == ("3", "flag --set")
    assert lines["pii.ner"] == ('"sample"', "flag --ner")
    assert lines["pii.k"] == ("5", "default")
    assert lines["corpus.label"] == ("(not set)", "default")
    assert lines["limits.duplicates.rate"] == ("0.1", "auditor.toml")
    assert lines["limits.labels.noise_rate"] == ("0.01", "flag --max")


def test_of_an_entry_written_in_two_forms_the_one_that_counts_is_named(auditor, tmp_path):
    (tmp_path / "auditor.toml").write_text("[thresholds.privacy.secret_rate]\nA = 0\nB = 0\nC = 0.1\nD = 0.2\n")
    key = "thresholds.privacy.secret_rate"
    assert shown(auditor("scan", "--show-config", cwd=tmp_path))[key] == ("[0.0, 0.0, 0.1, 0.2]", "auditor.toml")
    lines = shown(auditor("scan", "--show-config", "--set", f"{key}=0,0,0.1,0.3", cwd=tmp_path))
    assert lines[key] == ("[0.0, 0.0, 0.1, 0.3]", "flag --set")


def test_the_project_file_and_a_named_file(auditor, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.auditor]\nseed = 7\n[tool.auditor.labels]\nfolds = 4\n")
    lines = shown(auditor("clean", "--show-config", cwd=tmp_path))
    assert (lines["seed"], lines["labels.folds"]) == (
        ("7", "[tool.auditor] in pyproject.toml"),
        ("4", "[tool.auditor] in pyproject.toml"),
    )
    (tmp_path / "own.toml").write_text("seed = 8\n")
    lines = shown(auditor("clean", "--show-config", "--config", "own.toml", cwd=tmp_path))
    assert (lines["seed"], lines["labels.folds"]) == (("8", "--config own.toml"), ("5", "default"))


def test_personal_data_and_passwords_are_hidden(auditor, tmp_path, monkeypatch):
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "exceptions.yaml").write_text(
        "allow: [help@sample-firm.com]\ndeny:\n  - {value: Project Falcon, entity: PROJECT}\n"
    )
    (tmp_path / "auditor.toml").write_text(
        '[corpus]\ntext = "anna.schmidt@sample-firm.com"\nlabel = "help@sample-firm.com"\nid = "Project Falcon"\n'
        '[pii]\nrules = ["rules.yaml"]\nexceptions = "exceptions.yaml"\ncolumns = ["note", "ZZ-123456"]\n'
        '[labels]\nmodel = "postgres://u:pw@host/db"\n'
    )
    monkeypatch.setenv("AUDITOR_PII_MODEL", "postgres://u:p@ss/w?rd@db.sample-firm.com/x")
    monkeypatch.setenv("AUDITOR_STALENESS_DATE_FORMAT", "https://t0k3n@host/x")
    words = [
        "--model",
        "https://u:pw@host",
        "--set",
        "prepare.group=u:pw@host",
        "--set",
        "prepare.key_env=AKIAIOSFODNN7EXAMPLQ",
    ]
    process = auditor("run", "--show-config", *words, cwd=tmp_path)
    lines = shown(process)
    assert lines["corpus.text"][0] == '"<EMAIL_ADDRESS>"'
    assert lines["corpus.label"][0] == '"help@sample-firm.com"'  # the user's exceptions allow it
    assert lines["corpus.id"][0] == '"<PROJECT>"'
    assert lines["pii.columns"][0] == '["note", "<STAFF_NUMBER>"]'
    assert lines["labels.model"][0] == '"postgres://<CREDENTIALS>@host/db"'
    assert lines["benchmark.model"][0] == '"https://<CREDENTIALS>@host"'
    assert lines["prepare.group"][0] == '"<CREDENTIALS>@host"'
    assert lines["pii.model"][0].startswith('"postgres://<CREDENTIALS>')
    assert lines["staleness.date_format"][0] == '"https://<CREDENTIALS>@host/x"'
    for secret in ("anna", "ZZ-123456", "Falcon", "pw@", "p@ss", "w?rd", "t0k3n", "AKIAIOSFODNN7EXAMPLQ"):
        assert secret not in process.stdout


def test_a_file_of_rules_that_cannot_be_used_shows_nothing(auditor, tmp_path):
    (tmp_path / "rules.yaml").write_text("recognizers: [{name: x}]\n")
    process = auditor("scan", "--show-config", "--set", "pii.rules=rules.yaml", "--text", "a@b-firm.com", cwd=tmp_path)
    assert process.returncode == 3
    assert process.stdout == ""
    assert "a@b-firm.com" not in process.stderr
