"""Options that are settings: name, words, bounds, default and help are the field's, and the value reaches the setting."""

import importlib
import re

import click
import pytest
from click.testing import CliRunner

from auditor.cli.options import options, settings_from
from auditor.config.fields import settings_fields

GROUPS = ("read", "check", "prepare", "bench", "common")
WITH_OPTION = [setting for setting in settings_fields().values() if setting.option and setting.option.group]


@click.command()
@options(*GROUPS)
def everything(**values):
    settings = settings_from(values)
    click.echo(settings.model_dump_json())
    return 0


def settings_of(*words):
    result = CliRunner().invoke(everything, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return type(settings_from({})).model_validate_json(result.output)


def help_of(flag):
    """The help of one option, on one line."""
    result = CliRunner().invoke(everything, ["--help"], terminal_width=10_000)
    [block] = [part for part in re.split(r"\n  (?=-)", result.output) if part.startswith(f"{flag} ")]
    return " ".join(block.split())


@pytest.mark.parametrize("setting", WITH_OPTION, ids=lambda setting: setting.name)
def test_help_says_what_the_field_says(setting):
    line = help_of(setting.flags.split("/")[0])
    assert setting.text in line
    for bound in setting.bounds:
        assert bound in line.lower()
    if setting.kind in ("word", "list") and "/" not in setting.flags:
        assert all(word.lower() in line.lower() for word in setting.words)
    if isinstance(setting.default, (int, str)) and not isinstance(setting.default, bool):
        assert f"[default: {setting.default}]" in line


def test_values_reach_their_settings(tmp_path):
    settings = settings_of(
        "--no-header", "--text", "t", "--ner", "off", "--steps", "lower, unicode", "--only", "DUP", "--seed", "4",
        "--max", "duplicates.rate=1%", "--max", "labels.noise_rate=0.2", "--reference", "a*", "--reference", "b*",
        "--keep-raw", "--max-removed", "10%", "--min-grade", "b", "--as-of", "2026-01-02", "--augment", "swap",
        "--label-model", "bert", "--model", "auto", "--select", "dup,pii",
    )  # fmt: skip
    assert (settings.corpus.header, settings.corpus.text, settings.pii.ner, settings.seed) == ("no", "t", "off", 4)
    assert settings.prepare.steps == ("unicode", "lower")
    assert settings.prepare.only == ("DUP",)
    assert settings.limits == {"duplicates.rate": 0.01, "labels.noise_rate": 0.2}
    assert settings.reference == ("a*", "b*")
    assert (settings.prepare.keep_raw, settings.prepare.max_removed, settings.min_grade) == (True, 0.1, "B")
    assert (settings.labels.model, settings.select) == ("bert", ("DUP", "PII"))
    assert settings_of("--header").corpus.header == "yes"


def test_split_takes_a_column_or_how_parts_are_made():
    assert (settings_of("--split", "part").corpus.split, settings_of("--split", "part").prepare.split) == (
        "part",
        "auto",
    )
    assert (settings_of("--split", "time").corpus.split, settings_of("--split", "time").prepare.split) == (None, "time")


def test_an_option_that_is_not_given_hides_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "auditor.toml").write_text(
        '[prepare]\nkeep_raw = true\n[corpus]\nheader = "no"\n[limits]\n"duplicates.rate" = 0.5\n'
    )
    settings = settings_of()
    assert (settings.prepare.keep_raw, settings.corpus.header) == (True, "no")
    assert settings.limits == {"duplicates.rate": 0.5}


@pytest.mark.parametrize("verb", ["diff", "report", "rules"])
def test_other_verbs_take_the_languages_of_the_setting(verb):
    [option] = [one for one in importlib.import_module(f"auditor.cli.{verb}").command.params if one.name == "lang"]
    assert tuple(option.type.choices) == settings_fields()["lang"].words
