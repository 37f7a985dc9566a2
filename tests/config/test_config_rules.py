"""Settings and rules: unknown keys, wrong types and YAML's traps are refused with what to do."""

import pytest

from auditor.config.loading import known_keys, load_settings, require_files
from auditor.config.settings import Settings
from auditor.core.policy import load_policy
from auditor.errors import InputError, UsageError
from auditor.rules import code_docs, read_yaml


def test_set_options_and_file_in_order(tmp_path):
    file = tmp_path / "auditor.toml"
    file.write_text('seed = 3\n[duplicates]\nngram = 4\nkeep = "first"\n')
    settings = load_settings(file, ["duplicates.ngram=5", "select=DUP,PII"], {"seed": 9, "labels.folds": None})
    assert (settings.seed, settings.duplicates.ngram, settings.duplicates.keep) == (9, 5, "first")
    assert settings.select == ("DUP", "PII")


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ("duplicates.ngrams=3", "'duplicates.ngram'"),
        ("duplicates.ngram=many", "duplicates.ngram"),
        ("duplicates.ngram=0", "duplicates.ngram"),
        ("sead=3", "'seed'"),
        ("seed", "KEY=VALUE"),
        ("seed.x=3", ""),
    ],
)
def test_wrong_settings_are_usage_errors_that_help(pair, expected):
    with pytest.raises(UsageError) as caught:
        load_settings(None, [pair])
    assert expected in " ".join(caught.value.lines())


def test_a_broken_file_is_named_with_its_line(tmp_path):
    file = tmp_path / "auditor.toml"
    file.write_text("seed = \n")
    with pytest.raises(UsageError) as caught:
        load_settings(file)
    assert "auditor.toml line 1" in caught.value.where


@pytest.mark.parametrize(("text", "days"), [("18m", 540), ("5y", 1825), ("2w", 14), ("90 d", 90)])
def test_ages(text, days):
    assert Settings.model_validate({"staleness": {"max_age": text}}).staleness.max_age_days() == days


def test_selection_by_code_and_prefix():
    settings = load_settings(None, ["select=DUP001,PII", "ignore=PII013"])
    wanted = [settings.wants(c) for c in ("DUP", "DUP001", "DUP002", "PII001", "PII013", "LBL001")]
    assert wanted == [True, True, False, True, False, False]
    assert all("." in key or key in Settings.model_fields for key in known_keys())


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['true']",
        "a: &x [1]\nb: *x",
        "a: 1\na: 2",
        "[" * 3000,
        "a: " + "x" * 2_000_000,
        "a: [1",
    ],
)
def test_hostile_yaml_is_refused(tmp_path, text):
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(InputError):
        read_yaml(file)


def test_texts_that_yaml_changes_stay_texts(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text("a: NO\nb: 012\nc: 2024-01-01\nd: 1:30\ne: true\nf: 3\ng: 0.5\nh: null\n")
    expected = {"a": "NO", "b": "012", "c": "2024-01-01", "d": "1:30", "e": True, "f": 3, "g": 0.5, "h": None}
    assert read_yaml(file) == expected


def test_every_code_has_a_policy():
    prefixes = {prefix for rule in load_policy().rules for prefix in rule.codes}
    assert all(code.startswith(tuple(prefixes)) for code in code_docs()), "a code without a policy"


def test_an_unknown_action_in_a_policy_is_refused(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text("rules:\n  - {name: x, codes: [DUP], action: remove}\n")
    with pytest.raises(InputError) as caught:
        load_policy(file)
    assert "review" in caught.value.fix


def test_a_label_model_must_be_named():
    assert load_settings(pairs=["labels.model=bert"]).labels.model == "bert"
    with pytest.raises(UsageError, match=r"not valid"):
        load_settings(pairs=["labels.model="])


def test_select_and_ignore_know_codes_prefixes_and_dimensions_in_any_case():
    settings = load_settings(None, ["select=dup, Pii9,labels", "ignore=lbl001"])
    assert (settings.select, settings.ignore) == (("DUP", "PII9", "LBL"), ("LBL001",))
    wanted = [settings.wants(code) for code in ("DUP", "PII", "PII901", "PII001", "LBL001", "LBL002", "QLT")]
    assert wanted == [True, True, True, False, False, True, False]
    assert not Settings(select=("DUPP",)).wants("DUP")  # no word starts another check


@pytest.mark.parametrize(
    ("word", "near"), [("DUPP", "'DUP'"), ("dup02", "'DUP002'"), ("PIII", "'PII'"), ("ZZZ", "BAL")]
)
@pytest.mark.parametrize("key", ["select", "ignore"])
def test_codes_that_are_none_are_refused_with_the_nearest(key, word, near):
    with pytest.raises(UsageError) as caught:
        load_settings(None, [f"{key}={word}"])
    assert near in caught.value.fix


def test_every_list_setting_takes_commas():
    settings = load_settings(None, ["prepare.augment_models=a/b, c", "pii.columns=x,y", "corpus.split_values=a=train"])
    assert settings.prepare.augment_models == ("a/b", "c")
    assert settings.corpus.split_parts() == {"a": "train"}


def test_the_project_file_the_environment_and_pairs_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.auditor]\nfail_on = "warn"\nseed = 1\n[tool.auditor.pii]\nner = "off"\n'
    )
    assert load_settings().fail_on == "warn"
    assert load_settings().pii.ner == "off"
    monkeypatch.setenv("AUDITOR_FAIL_ON", "fail")
    monkeypatch.setenv("AUDITOR_PII_COLUMNS", "a,b")
    settings = load_settings(None, ["seed=3"])
    assert (settings.fail_on, settings.pii.columns, settings.seed) == ("fail", ("a", "b"), 3)
    (tmp_path / "auditor.toml").write_text("seed = 7\n")
    assert (load_settings().seed, load_settings().pii.ner) == (7, "sample")  # one file, not both
    monkeypatch.setenv("AUDITOR_FAIL_ON", "sometimes")
    with pytest.raises(UsageError, match="not valid"):
        load_settings()


def test_limits_and_thresholds_by_dotted_name_nested_or_in_percent(tmp_path):
    file = tmp_path / "auditor.toml"
    file.write_text(
        '[limits]\nduplicates.rate = "1%"\n"labels.noise_rate" = 0.1\n[thresholds]\nduplicates.rate = [0.01, 0.02, 0.05, 0.2]\n'
        "[thresholds.privacy.secret_rate]\nA = 0\nB = 0\nC = 0.1\nD = 0.2\n"
    )
    settings = load_settings(file, ["thresholds.balance.ratio=2,3,4,5"])
    assert settings.limits == {"duplicates.rate": 0.01, "labels.noise_rate": 0.1}
    assert settings.thresholds == {
        "duplicates.rate": (0.01, 0.02, 0.05, 0.2),
        "privacy.secret_rate": (0.0, 0.0, 0.1, 0.2),
        "balance.ratio": (2.0, 3.0, 4.0, 5.0),
    }
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize(
    "pair",
    ["limits.duplicates.rat=1", "limits.duplicates.rate=nan", "limits.duplicates.rate=many", "thresholds.duplicates.rate=1",
     "thresholds.duplicates.rate=4,3,2,1", "thresholds.diversity.mtld=1,2,3,4", "staleness.max_age=5x",
     "prepare.balance_ratio=inf", "prepare.max_removed=3", "corpus.split_values=a=b", "labels.learning_rate=nan"],
)  # fmt: skip
def test_impossible_values_are_usage_errors(pair):
    with pytest.raises(UsageError):
        load_settings(None, [pair])


def test_one_column_has_one_role():
    with pytest.raises(UsageError, match="not valid"):
        load_settings(None, ["corpus.text=a", "corpus.label=a"])


def test_files_that_settings_name_must_be_there(tmp_path):
    there = tmp_path / "rules.yaml"
    there.write_text("rules: []\n")
    require_files(load_settings(None, [f"staleness.rules={there}", "reference=data/*.csv"]))
    pairs = [f"staleness.rules={there},{there}x", "pii.exceptions=gone.yaml", "reference=old.csv", "since=run"]
    with pytest.raises(UsageError) as caught:
        require_files(load_settings(None, pairs))
    for name in (f"{there}x", "pii.exceptions = gone.yaml", "reference = old.csv", "since = run"):
        assert name in caught.value.where


def test_a_setting_in_an_unknown_group_is_named_with_what_was_meant():
    with pytest.raises(UsageError) as refused:
        load_settings(pairs=["dedup.treshold=0.8"], environment={})
    assert refused.value.where == "dedup.treshold: unknown"
    assert refused.value.fix == "Known: duplicates.threshold, pii.threshold."
    with pytest.raises(UsageError) as refused:
        load_settings(pairs=["zzzz=1"], environment={})
    assert len(refused.value.fix) < 100


def test_a_settings_file_that_does_not_exist_is_not_called_unreadable(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        load_settings(tmp_path / "nope.toml")
