"""Options of verbs. Options that set a setting are generated from its field."""

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
"""A function that click calls with the values of the options; returns an exit code."""
Values: TypeAlias = Mapping[str, Any]
"""Keyword arguments of a command from click; each has the type of its option."""

_PARAMETERS = {
    name.replace(".", "__"): setting  # click does not allow dots in parameter names
    for name, setting in settings_fields().items()
    if setting.option is not None and setting.option.group is not None
}
"""Settings that have an option, by click's parameter name."""
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
_OTHER_OPTIONS: dict[OptionGroup, tuple[Callable[[Command], Command], ...]] = {
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
            help="Print all settings with their values and origins, and exit.",
        ),
        _common("-q", "--quiet", is_flag=True, help="No progress and no summary."),
        _common("-v", "--verbose", is_flag=True, help="Every metric and every finding code in the summary."),
    ),
}
"""Options that do not set a setting."""


class _ShowConfigFirst(click.Parameter):
    """A parameter that is required except with ``--show-config``."""

    def process_value(self, ctx: click.Context, value: object) -> object:
        """The value, or None if only the settings are shown."""
        try:
            return super().process_value(ctx, value)
        except click.MissingParameter:
            if ctx.params.get("show_config"):
                return None
            raise


class NeededArgument(_ShowConfigFirst, click.Argument):
    """A required argument of a verb with settings."""


class NeededOption(_ShowConfigFirst, click.Option):
    """A required option of a verb with settings."""


def choice(name: str) -> click.Choice[str]:
    """The option type for the allowed words of a setting."""
    setting = settings_fields()[name]
    return (Extensible if setting.is_open else click.Choice)(setting.words, case_sensitive=False)


def options(*groups: OptionGroup) -> Callable[[Command], Command]:
    """Add option groups to a command; the values of settings arrive as keyword arguments by setting name.

    With ``--show-config`` the command is not called: its settings are printed instead.
    """

    def add(command: Command) -> Command:
        @wraps(command)
        def run_or_show(*, show_config: bool, **values: object) -> int:
            if not show_config:
                return command(**values)
            from auditor.cli.show_config import config_lines

            click.echo("\n".join(config_lines(_loaded(values))))
            return 0

        decorated: Command = run_or_show
        for option in reversed([option for group in groups for option in _options_of(group)]):
            decorated = option(decorated)
        return decorated

    return add


def settings_from(values: Values) -> Settings:
    """Load the settings from a command's keyword arguments, and import their plug-ins; other arguments are ignored.

    Raises:
        UsageError: a setting is unknown or has an invalid value, or a file, plug-in, augmenter or benchmark task that
            it names does not exist.
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
    generated = [_option(name, setting, mark) for name, setting, mark in marked if mark and mark.group == group]
    return [*generated, *_OTHER_OPTIONS.get(group, ())]


def _option(parameter: str, setting: Setting, mark: Option) -> Callable[[Command], Command]:
    """The option of a setting; its default is None, so that it does not override other sources."""
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
    """The description of a setting, with its bounds and its default."""
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
    """Load the settings from a command's keyword arguments, and check that their files exist.

    Raises:
        UsageError: see `settings_from`.
    """
    typed: dict[str, object] = {}
    for key, value in values.items():
        if (setting := _PARAMETERS.get(key)) is not None and value not in (None, ()):
            typed |= _typed(setting, value)
    if typed.get("corpus.split") in settings_fields()["prepare.split"].words:
        typed["prepare.split"] = typed.pop("corpus.split")  # a column with such a name needs --set corpus.split=
    loaded = load(values.get("config"), values.get("pairs") or (), typed)
    require_files(loaded.settings)
    return loaded


def _typed(setting: Setting, value: Any) -> Mapping[str, object]:
    """The settings that the value of an option sets, by dotted key."""
    if setting.kind == "table":
        return _entries(setting, value)
    if setting.kind == "word" and isinstance(value, bool):
        value = "yes" if value else "no"
    return {setting.name: setting.parsed(value) if isinstance(value, str) else value}


def _entries(setting: Setting, pairs: Iterable[str]) -> dict[str, str]:
    """Parse ``METRIC=VALUE`` texts; return the values by dotted key."""
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
