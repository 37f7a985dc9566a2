"""Presidio without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.errors import CheckError, InputError
from auditor.message import Text
from auditor.pii.patterns.presidio import recognizer_class
from auditor.pii.patterns.recognizers import PRESIDIO_FLAGS, StockRule

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer


def close_network() -> None:
    """Make tldextract use the suffix list it ships; Presidio's e-mail recognizer would fetch one.

    Raises:
        CheckError: presidio-analyzer or tldextract is not installed.

    """
    try:
        import tldextract
    except ImportError:
        raise missing("tldextract") from None
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def missing(package: str) -> CheckError:
    """The error for a library that is not there."""
    return CheckError(
        Text("The package {0} is not installed.", package),
        where="privacy check",
        fix="Install auditor again; the installation is incomplete.",
    )


def stock_recognizer(rule: StockRule) -> EntityRecognizer:
    """One of Presidio's recognizers.

    Raises:
        CheckError: presidio-analyzer is not installed, or has no recognizer that ours name.
        InputError: a user's file names one that it does not have.

    """
    close_network()
    try:
        kind = recognizer_class(rule.name)
        from presidio_analyzer import PatternRecognizer
    except ImportError:
        raise missing("presidio-analyzer") from None
    if kind is None and rule.file is not None:
        raise InputError(
            "Presidio has no such recognizer.",
            where=f"{rule.file}: {rule.name}",
            fix="Correct the name.",
        )
    if kind is None:
        raise CheckError("Presidio has no such recognizer.", where=rule.name, fix="Correct the name in the rules file.")
    recognizer: EntityRecognizer = kind(supported_regions=rule.regions) if rule.regions else kind()
    if isinstance(recognizer, PatternRecognizer):
        recognizer.global_regex_flags = PRESIDIO_FLAGS  # as Presidio's registry sets them
    return recognizer


def pattern_engine() -> AnalyzerEngine:
    """Presidio's engine with its default English recognizers and no language model: what `StockLayer` equals."""
    close_network()
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": "no_op"}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "no_op", "models": models})
    return AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
