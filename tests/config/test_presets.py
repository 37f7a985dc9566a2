"""Settings for a purpose: every one of them is a setting, the last of several wins, and whatever a user says wins."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from auditor.config.fields import settings_fields
from auditor.config.loading import load, load_settings
from auditor.config.presets import presets
from auditor.config.settings import PresetName
from auditor.errors import UsageError


def test_the_names_are_those_of_the_file() -> None:
    assert tuple(presets()) == get_args(PresetName)


@pytest.mark.parametrize("name", get_args(PresetName))
def test_every_preset_changes_settings_that_there_are(name: str) -> None:
    preset, default, changed = (
        presets()[name],
        load_settings(environment={}),
        load_settings(options={"presets": (name,)}, environment={}),
    )
    assert len(preset.text) > 20 and set(preset.settings) <= set(settings_fields())
    assert changed != default.model_copy(update={"presets": (name,)})


def test_the_last_of_several_wins_and_lists_are_not_joined() -> None:
    both = load_settings(options={"presets": ("pretrain", "zh")}, environment={})
    assert both.lang == "zh" and both.duplicates.ngram == 5
    assert list(both.prepare.steps) == presets()["zh"].settings["prepare.steps"]


def test_what_a_user_says_wins_wherever_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "auditor.toml").write_text('presets = ["fast"]\n[benchmark]\nenabled = true\n')
    loaded = load(pairs=["excerpts=all"], environment={"AUDITOR_PII_NER": "full"})
    settings = loaded.settings
    assert (settings.benchmark.enabled, settings.excerpts, settings.pii.ner) == (True, "all", "full")
    assert settings.effects is False and str(loaded.origin("effects")) == "preset fast"
    assert str(loaded.origin("benchmark.enabled")) == "auditor.toml"
    assert str(loaded.origin("pii.ner")) == "environment AUDITOR_PII_NER"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        load(options={"presets": ("fats",)}, environment={})
    assert "'fast'" in refused.value.where
