"""The settings file with its explanations, and the reference page of settings."""

from __future__ import annotations

import json
import textwrap

from auditor.config.fields import Setting, group_texts, settings_fields
from auditor.config.presets import Preset, presets

_HEAD = """\
# Settings of auditor. Uncomment what you change; the values are the defaults.
# Later places win: presets (--for), this file (or [tool.auditor] in pyproject.toml), environment variables such as
# AUDITOR_FAIL_ON and AUDITOR_PII_NER, --set KEY=VALUE, options."""
_PAGE_HEAD = """\
# Settings

Made by `auditor init --docs docs/settings.md` from the fields of `auditor/config/settings.py`; change it there.

Later places win: presets (`--for`, below), `auditor.toml` (or `[tool.auditor]` in `pyproject.toml` where there is no
`auditor.toml`; `--config FILE` takes the place of both), environment variables, `--set KEY=VALUE`, options.
`auditor init` writes an `auditor.toml` with every setting, and `auditor scan --show-config` prints each one with its
value and where that comes from; personal data, keys and passwords in values are hidden there.

The environment variable of a setting is `AUDITOR_` and its name in capitals, with `_` for the dot: `AUDITOR_PII_NER`
for `pii.ner`. There and with `--set`, lists are written with commas. Settings by metric (`limits`, `thresholds`) have
no variable; `--set limits.duplicates.rate=1%` sets one of them."""
_PRESETS = """\
Settings for a purpose, from `rules/presets.yaml`. `--for` takes several with commas (`--for pretrain,zh`), of which the
last wins; files, the environment, `--set` and options win over all of them."""
_WIDTH = 110


def settings_file() -> str:
    """``auditor.toml`` with all settings commented out: those without a group first, then one table per group."""
    top = [setting for setting in settings_fields().values() if not setting.group]
    blocks = [_HEAD, *(_block(setting) for setting in sorted(top, key=lambda setting: setting.kind == "table"))]
    for group, text in group_texts().items():  # tables come last, since keys after a table header belong to the table
        blocks.append("\n".join(["", *_comment(text), f"[{group}]"]))
        blocks += [_block(setting) for setting in _of_group(group)]
    return "\n\n".join(blocks) + "\n"


def reference_page() -> str:
    """docs/settings.md: a table of the settings without a group, and one per group."""
    parts = [_PAGE_HEAD, "## Without a group", _table("")]
    for group, text in group_texts().items():
        parts += [f"## {group}", text, _table(group)]
    parts += ["## Presets", _PRESETS, *(_preset(name, preset) for name, preset in presets().items())]
    return "\n\n".join(parts) + "\n"


def _preset(name: str, preset: Preset) -> str:
    lines = [f"- `{key} = {json.dumps(value)}`" for key, value in preset.settings.items()]
    return "\n".join([f"**`--for {name}`** {preset.text}", "", *lines])


def _of_group(group: str) -> list[Setting]:
    return [setting for setting in settings_fields().values() if setting.group == group]


def _block(setting: Setting) -> str:
    """The lines of a setting in the settings file."""
    if setting.kind == "table":
        line = f"# [{setting.key}]"
    elif setting.default is None:
        line = f'# {setting.key} = ""  # not set'
    else:
        line = f"# {setting.key} = {json.dumps(setting.default)}"
    return "\n".join([*_comment(setting.text), *_comment(setting.allowed), line])


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH)]


def _table(group: str) -> str:
    lines = ["| setting | default | allowed | option | what it means |", "|---|---|---|---|---|"]
    for setting in _of_group(group):
        default = "not set" if setting.default is None else f"`{json.dumps(setting.default)}`"
        flags = f"`{setting.flags}`" if setting.flags else ""
        cells = (f"`{setting.name}`", default, setting.allowed.removesuffix("."), flags, setting.text)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)
