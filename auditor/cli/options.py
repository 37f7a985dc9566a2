"""The options of verbs, and settings from them. An option that sets a setting is made of the setting's field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeAlias

import click

from auditor.cli.plugins import Extensible
from auditor.cli.verb import Section, SectionOption
from auditor.config.fields import Setting, settings_fields
from auditor.config.loading import load, require_files
from auditor.config.markers import Option, OptionGroup
from auditor.config.origins import Loaded
from auditor.config.settings import Settings
from auditor.errors import UsageError

Command: TypeAlias = Callable[..., int]
"""What click calls, with the values of its options; it returns an exit code."""
Values: TypeAlias = Mapping[str, Any]
"""Keyword arguments of a command, as click hands them over: each has the type of its option."""

_PARAMETERS = {
    name.replace(".", "__"): setting  # click takes no dots in a parameter's name
    for name, setting in settings_fields().items()
    if setting.option is not None and setting.option.group is not None
}
"""Settings that have an option, by the name under which click hands its value over."""
_SECTIONS: dict[OptionGroup, Section] = {
    "read": "Input",
    "check": "Checks",
    "prepare": "Cleaning",
    "bench": "Benchmark",
    "common": "Output and settings",
}
_GATE = ("fail_on", "min_grade", "limits", "baseline")
_SPEED = ("workers", "memory", "engine", "ray_address", "profile")
_common = partial(click.option, cls=SectionOption, section=_SECTIONS["common"])
_OWN_OPTIONS: dict[OptionGroup, tuple[Callable[[Command], Command], ...]] = {
    "common": (
        _common(
            "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file; default auditor.toml."
        ),
        _common(
            "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Any setting; see `auditor init`; repeatable."
        ),
        _common(
            "--show-config",
            is_flag=True,
            is_eager=True,
            help="Print each setting, its value and where that comes from, and do nothing else.",
        ),
        _common("-q", "--quiet", is_flag=True, help="No progress and no summary."),
        _common("-v", "--verbose", is_flag=True, help="Every metric and every finding code in the summary."),
    ),
}
"""Options that are no settings."""


class _ShowConfigFirst(click.Parameter):
    """A parameter that must be given, but not with ``--show-config``."""

    def process_value(self, ctx: click.Context, value: object) -> object:
        """The value, or none where only the settings are shown."""
        try:
            return super().process_value(ctx, value)
        except click.MissingParameter:
            if ctx.params.get("show_config"):
                return None
            raise


class NeededArgument(_ShowConfigFirst, click.Argument):
    """An argument of a verb with settings."""


class NeededOption(_ShowConfigFirst, click.Option):
    """A required option of a verb with settings."""


def choice(name: str) -> click.Choice[str]:
    """The words that a setting may be, as the type of an option."""
    setting = settings_fields()[name]
    return (Extensible if setting.is_open else click.Choice)(setting.words, case_sensitive=False)


def options(*groups: OptionGroup) -> Callable[[Command], Command]:
    """Add option groups to a command; the values of settings arrive as keyword arguments by setting name.

    With ``--show-config`` the command is not called: its settings are printed instead.
    """

    def add(command: Command) -> Command:
        @wraps(command)
        def shown_or_done(*, show_config: bool, **values: object) -> int:
            if not show_config:
                return command(**values)
            from auditor.cli.show_config import config_lines

            click.echo("\n".join(config_lines(_loaded(values))))
            return 0

        added: Command = shown_or_done
        for option in reversed([option for group in groups for option in _options_of(group)]):
            added = option(added)
        return added

    return add


def settings_from(values: Values) -> Settings:
    """Settings from a command's keyword arguments, with the plug-ins they name imported; other keys are left alone.

    Raises:
        UsageError: an unknown or ill-typed setting, or one that names a file, a plug-in, an augmenter or a benchmark
            task that is not there.
    """
    settings = _loaded(values).settings
    if settings.prepare.augment not in settings_fields()["prepare.augment"].words:
        from auditor.prepare.augment.registry import require_known

        require_known(settings.prepare.augment)
    if settings.benchmark.task not in settings_fields()["benchmark.task"].words:
        from auditor.benchmark.tasks.registry import require_task

        require_task(settings.benchmark.task)
    return settings


def _options_of(group: OptionGroup) -> list[Callable[[Command], Command]]:
    marked = [(name, setting, setting.option) for name, setting in _PARAMETERS.items()]
    made = [_option(name, setting, mark) for name, setting, mark in marked if mark and mark.group == group]
    return [*made, *_OWN_OPTIONS.get(group, ())]


def _option(parameter: str, setting: Setting, mark: Option) -> Callable[[Command], Command]:
    """The option of a setting: unset where it is not given, so that it hides no earlier place."""
    flags = setting.flags or ""
    is_flag = setting.kind == "true or false" or "/" in flags
    kinds: dict[str, object] = {"whole number": int, "word": None if is_flag else choice(setting.name)}
    return click.option(
        flags,
        parameter,
        type=kinds.get(setting.kind),
        is_flag=is_flag,
        default=None,
        multiple=mark.is_repeatable,
        metavar=mark.metavar,
        help=_help(setting),
        cls=SectionOption,
        section=_section(setting.name, mark),
    )


def _section(name: str, mark: Option) -> Section:
    if name in _GATE:
        return "Gate"
    if name in _SPEED:
        return "Speed and memory"
    return _SECTIONS[mark.group] if mark.group is not None else "Output and settings"


def _help(setting: Setting) -> str:
    """What a setting means, its bounds and its default."""
    parts = [setting.text]
    if setting.words and setting.kind == "list":
        parts.append(setting.allowed)
    if setting.bounds:
        parts.append(f"{', '.join(setting.bounds).capitalize()}.")
    if setting.option is not None and setting.option.is_repeatable:
        parts.append("Repeatable.")
    default = ",".join(setting.default) if isinstance(setting.default, list) else setting.default
    if default not in (None, "") and default is not False and setting.kind != "table":
        parts.append(f"[default: {default}]")
    return " ".join(parts)


def _loaded(values: Values) -> Loaded:
    """The settings of a command's keyword arguments, the files they name being there.

    Raises:
        UsageError: as `settings_from`.
    """
    typed: dict[str, object] = {}
    for key, value in values.items():
        if (setting := _PARAMETERS.get(key)) is not None and value not in (None, ()):
            typed |= _typed(setting, value)
    if typed.get("corpus.split") in settings_fields()["prepare.split"].words:
        typed["prepare.split"] = typed.pop("corpus.split")  # a column of such a name: --set corpus.split=
    loaded = load(values.get("config"), values.get("pairs") or (), typed)
    require_files(loaded.settings)
    return loaded


def _typed(setting: Setting, value: Any) -> Mapping[str, object]:
    """The value of an option by the dotted keys that it sets."""
    if setting.kind == "table":
        return _entries(setting, value)
    if setting.kind == "word" and isinstance(value, bool):
        value = "yes" if value else "no"
    return {setting.name: setting.parsed(value) if isinstance(value, str) else value}


def _entries(setting: Setting, pairs: Iterable[str]) -> dict[str, str]:
    """``METRIC=VALUE`` texts by dotted key."""
    entries = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise UsageError(
                "A limit needs the form METRIC=VALUE.",
                where=f"{setting.flags} {pair}",
                fix="For example --max duplicates.rate=1%",
            )
        entries[f"{setting.name}.{name.strip()}"] = value.strip()
    return entries
