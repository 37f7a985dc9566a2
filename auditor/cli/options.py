"""Shared option groups, and settings from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from auditor.cli.plugins import Extensible
from auditor.config.loading import load_settings, require_files
from auditor.config.settings import Augment, BenchmarkTask, Settings
from auditor.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_SPLITS = ("auto", "stratified", "time")
_ROLE_HELP = "Column that holds the {}; inferred if not given."
_OPTIONS: dict[str, tuple[Any, ...]] = {
    "read": (
        *(
            click.option(f"--{role}", f"corpus__{role}", metavar="COLUMN", help=_ROLE_HELP.format(role))
            for role in ("text", "label", "date", "id", "source", "tokens", "tags")
        ),
        click.option(
            "--label-separator",
            "corpus__label_separator",
            metavar="TEXT",
            help="What separates several labels in one cell, such as '|'.",
        ),
        click.option(
            "--split",
            "corpus__split",
            metavar="COLUMN|WORD",
            help="Column that holds the split; or how to make one: stratified, time.",
        ),
        click.option(
            "--language",
            "corpus__language",
            type=click.Choice(["auto", "en", "zh", "other"]),
            help="Language of the texts.",
        ),
        click.option(
            "--header/--no-header",
            "corpus__header",
            default=None,
            help="Whether the first line of a CSV or TSV file holds column names; default: yes, checked.",
        ),
        click.option("--encoding", "corpus__encoding", help="Encoding of text files; default utf-8."),
        click.option(
            "--on-bad-row",
            "corpus__on_bad_row",
            type=click.Choice(["auto", "reject", "fail"]),
            help="What to do with rows that cannot be read.",
        ),
    ),
    "check": (
        click.option(
            "--reference",
            multiple=True,
            metavar="PATH",
            help="Files, or an index of `auditor index`, whose rows are looked for in the input.",
        ),
        click.option(
            "--since",
            metavar="RUN",
            help="An earlier run folder: INPUT is a batch that came after it; see `auditor rules NEW001`.",
        ),
        click.option("--select", metavar="CODES", help="Only these codes or prefixes, with commas."),
        click.option("--ignore", metavar="CODES", help="Not these codes or prefixes."),
        click.option(
            "--ner",
            "pii__ner",
            type=click.Choice(["full", "sample", "off"]),
            help="Names and places: on all rows, a sample, or not at all.",
        ),
        click.option(
            "--label-model",
            "labels__model",
            metavar="linear|bert|MODEL",
            help="Label noise: linear models, or also a fine-tuned BERT (slow; a hub id or folder names another).",
        ),
        click.option(
            "--domain-terms", "diversity__domain_terms", metavar="CSV", help="Terms the texts should mention."
        ),
        click.option("--as-of", "staleness__as_of", metavar="DATE", help="Age is counted to this date; default today."),
        click.option("--max-age", "staleness__max_age", metavar="AGE", help="Older rows are old: 18m, 5y."),
        click.option("--date-format", "staleness__date_format", help="strptime format of the dates."),
        click.option(
            "--fail-on",
            type=click.Choice(["info", "warn", "fail", "never"]),
            help="Exit with 1 when a finding or a judged metric is at this level or above.",
        ),
        click.option(
            "--min-grade",
            type=click.Choice(["A", "B", "C", "D"], case_sensitive=False),
            help="Exit with 1 when the overall grade is below this letter.",
        ),
        click.option(
            "--max",
            "limits",
            multiple=True,
            metavar="METRIC=VALUE",
            help="Exit with 1 when a metric is above a value, such as duplicates.rate=1%; repeatable.",
        ),
    ),
    "prepare": (
        click.option("--only", "prepare__only", metavar="WORDS", help="Act only on these codes or policy rules."),
        click.option("--skip", "prepare__skip", metavar="WORDS", help="Do not act on these codes or policy rules."),
        click.option(
            "--steps",
            "prepare__steps",
            metavar="STEPS",
            help="Text steps, with commas: mojibake, markup, control, unicode, width, simplified, traditional, lower, "
            "whitespace; or none. Default mojibake,control,unicode,whitespace.",
        ),
        click.option("--group", "prepare__group", metavar="COLUMN", help="Rows of equal value stay in one part."),
        click.option(
            "--balance",
            "prepare__balance",
            type=click.Choice(["none", "weights", "oversample", "undersample"]),
            help="How the train part is balanced.",
        ),
        click.option(
            "--augment",
            "prepare__augment",
            type=Extensible(get_args(Augment)),
            help="How small classes of the train part are augmented.",
        ),
        click.option(
            "--mask",
            "prepare__mask",
            type=click.Choice(["replace", "mask", "redact", "surrogate", "hmac", "drop"]),
            help="How personal data is masked.",
        ),
        click.option(
            "--max-removed",
            "prepare__max_removed",
            metavar="SHARE",
            help="Refuse a plan that removes more: 0.1 or 10%.",
        ),
        click.option(
            "--keep-raw",
            "prepare__keep_raw",
            is_flag=True,
            default=None,
            help="Keep raw values of removed and changed rows in raw/ (0600), for --undo without the input.",
        ),
    ),
    "bench": (
        click.option("--model", "benchmark__model", metavar="ID|DIR", help="Hub id or local folder of a BERT."),
        click.option("--seeds", "benchmark__seeds", type=int, help="Seeds a side."),
        click.option("--epochs", "benchmark__epochs", type=int, help="Epochs of fine-tuning."),
        click.option(
            "--task",
            "benchmark__task",
            type=Extensible(get_args(BenchmarkTask)),
            help="What is trained; default by the columns found.",
        ),
        click.option(
            "--ablation",
            "benchmark__ablation",
            is_flag=True,
            default=None,
            help="Also train on the data after each step of the preparation, to see which one helped.",
        ),
    ),
    "common": (
        click.option(
            "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file; default auditor.toml."
        ),
        click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Any setting; see `auditor init`."),
        click.option("--seed", type=int, help="Seed of everything that is drawn."),
        click.option("--workers", type=int, help="Processes; default by size."),
        click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the report."),
        click.option("-q", "--quiet", is_flag=True, help="No progress and no summary."),
    ),
}


_TOP = frozenset({"seed", "workers", "lang", "fail_on", "min_grade", "select", "ignore", "reference", "since"})
"""Options of settings that are in no group."""


def _limits(pairs: Iterable[str]) -> dict[str, str]:
    """``METRIC=VALUE`` texts as settings."""
    limits = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise UsageError(
                "A limit needs the form METRIC=VALUE.",
                where=f"--max {pair}",
                fix="For example --max duplicates.rate=1%",
            )
        limits[f"limits.{name.strip()}"] = value.strip()
    return limits


def options(*groups: str) -> Callable[[F], F]:
    """Add option groups to a command; their values arrive as keyword arguments by setting name."""

    def add(command: F) -> F:
        for option in reversed([option for group in groups for option in _OPTIONS[group]]):
            command = option(command)
        return command

    return add


def settings_from(values: dict[str, Any]) -> Settings:
    """Settings from a command's keyword arguments, with the plug-ins they name imported; other keys are left alone.

    Raises:
        UsageError: an unknown or ill-typed setting, or one that names a file, a plug-in, an augmenter or a benchmark
            task that is not there.
    """
    typed = {
        key.replace("__", "."): value  # click takes no dots in a parameter's name
        for key, value in values.items()
        if value is not None and ("__" in key or key in _TOP)
    }
    for key in ("select", "ignore", "prepare.only", "prepare.skip", "prepare.steps"):
        if key in typed:
            typed[key] = tuple(part.strip() for part in typed[key].split(",") if part.strip())
    if typed.get("corpus.split") in _SPLITS:  # a column of such a name is named with --set corpus.split=
        typed["prepare.split"] = typed.pop("corpus.split")
    if "corpus.header" in typed:
        typed["corpus.header"] = "yes" if typed["corpus.header"] else "no"
    typed |= _limits(values.get("limits") or ())
    settings = load_settings(values.get("config"), values.get("pairs") or (), typed)
    require_files(settings)
    if settings.prepare.augment not in get_args(Augment):
        from auditor.prepare.augment.registry import require_known

        require_known(settings.prepare.augment)
    if settings.benchmark.task not in get_args(BenchmarkTask):
        from auditor.benchmark.tasks.registry import require_task

        require_task(settings.benchmark.task)
    return settings
