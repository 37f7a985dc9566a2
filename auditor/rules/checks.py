"""The specifications of all checks, from ``rules/checks/*.yaml`` and from the files of added checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from auditor.errors import InputError, nearest
from auditor.parse import parse
from auditor.resources import resource_dir
from auditor.rules.specs import CheckSpec, CodeDoc, GradeRule, MetricSpec
from auditor.rules.strict_yaml import read_yaml

FIGURE = "figure."
"""Before the name of a figure in its message key."""

_added: dict[str, CheckSpec] = {}


def read_check(path: Path) -> CheckSpec:
    """The specification in one file; the file's stem is its dimension.

    Raises:
        InputError: an unknown key, a missing text or a value of the wrong kind, or no valid YAML.
    """
    tree, dimension = read_yaml(path), path.stem
    if isinstance(tree, dict):
        tree = {
            **tree,
            "dimension": dimension,
            "codes": _named(tree.get("codes"), "code", dimension=dimension),
            "metrics": _named(tree.get("metrics"), "name", dimension=dimension),
            "figures": _named(tree.get("figures"), "name"),
        }
    try:
        return parse(CheckSpec, tree)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, item['loc']))}: {item['msg'].lower().removeprefix('value error, ')}"
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise InputError(
            "The specification of a check is not valid.",
            where=f"{path}: {'; '.join(problems)}",
            fix="Correct the keys that are named; the files of rules/checks are examples.",
        ) from None


def _named(items: object, key: str, **more: str) -> object:
    """Each entry of a mapping with its own key in it."""
    if items is None:
        return {}
    if not isinstance(items, dict):
        return items
    return {name: {**item, key: name, **more} if isinstance(item, dict) else item for name, item in items.items()}


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, CheckSpec]:
    specs = [read_check(path) for path in sorted((resource_dir("rules") / "checks").glob("*.yaml"))]
    return {spec.dimension: spec for spec in specs}


def add_spec(spec: CheckSpec) -> None:
    """Make the specification of an added check known; adding the same one again changes nothing.

    Raises:
        InputError: another check has its dimension, or one of its codes, metrics, figures or messages.
    """
    if _added.get(spec.dimension) == spec:
        return
    known = {name for other in check_specs().values() for name in _names(other)}
    known |= {prefix for code in code_docs() for prefix in (code, code[:3])}
    taken = sorted(known & set(_names(spec)))
    if taken:
        raise InputError(
            "An added check uses a name that another check has.",
            where=f"{spec.dimension}: {', '.join(taken)}",
            fix="Give the check a dimension, codes, metrics, figures and messages that no other check has.",
        )
    _added[spec.dimension] = spec
    check_specs.cache_clear()
    for cached in (metric_specs, thresholds, code_docs, check_texts):
        cached.cache_clear()


def _names(spec: CheckSpec) -> Iterator[str]:
    yield spec.dimension
    yield from {code[:3] for code in spec.codes}
    yield from spec.codes
    yield from spec.metrics
    yield from (f"{FIGURE}{name}" for name in spec.figures)
    yield from spec.messages


@lru_cache(maxsize=1)
def check_specs() -> Mapping[str, CheckSpec]:
    """The specifications of all checks by dimension, in the order of the reports."""
    specs = [*_shipped().values(), *_added.values()]
    return {spec.dimension: spec for spec in sorted(specs, key=lambda spec: (spec.order, spec.dimension))}


def dimensions() -> tuple[str, ...]:
    """All dimensions, in the order of the reports; ``batch`` has results where ``since`` was given."""
    return tuple(check_specs())


def main_dimensions() -> tuple[str, ...]:
    """The dimensions in the first row of a report."""
    return tuple(name for name, spec in check_specs().items() if spec.main)


@lru_cache(maxsize=1)
def metric_specs() -> Mapping[str, MetricSpec]:
    """All metrics that a check may give, by name."""
    return {name: metric for spec in check_specs().values() for name, metric in spec.metrics.items()}


@lru_cache(maxsize=1)
def thresholds() -> Mapping[str, GradeRule]:
    """The rules of the judged metrics, by name."""
    return {name: metric.rule for name, metric in metric_specs().items() if metric.rule is not None}


@lru_cache(maxsize=1)
def code_docs() -> Mapping[str, CodeDoc]:
    """All finding codes, from the checks and, one per entity type, ``rules/pii/entities.yaml``."""
    docs = {code: doc for spec in check_specs().values() for code, doc in spec.codes.items()}
    items = parse(dict[str, dict[str, object]], read_yaml(resource_dir("rules") / "pii" / "entities.yaml"))
    for entity, item in items.items():
        texts = {key: item[key] for key in ("code", "title", "why", "how", "fix", "example")}
        doc = parse(CodeDoc, {**texts, "name": entity, "dimension": "privacy"})
        docs[doc.code] = doc
    return docs


def code_doc(code: str) -> CodeDoc:
    """The documentation of `code`.

    Raises:
        InputError: there is no such code.
    """
    docs = code_docs()
    if code.upper() not in docs:
        raise InputError("There is no such finding code.", where=code, fix=nearest(code.upper(), docs))
    return docs[code.upper()]


@lru_cache(maxsize=2)
def check_texts(lang: str) -> Mapping[str, str]:
    """The texts of all checks in one language, under the keys by which reports ask for them."""
    texts = {}
    for name, spec in check_specs().items():
        texts[f"dimension.{name}"] = spec.title[lang]
        texts[f"question.{name}"] = spec.question[lang]
        texts |= {key: words[lang] for key, words in spec.messages.items()}
        for metric in spec.metrics.values():
            texts |= _metric_texts(metric, lang)
        for figure in spec.figures.values():
            texts[f"{FIGURE}{figure.name}"] = figure.title[lang]
            if figure.omitted is not None:
                texts[f"omitted.{FIGURE}{figure.name}"] = figure.omitted[lang]
    return texts


def _metric_texts(metric: MetricSpec, lang: str) -> dict[str, str]:
    remedy = metric.remedy
    instead = remedy.instead if remedy is not None else None
    words = {
        "metric": metric.label,
        "says": metric.tile,
        "slice": metric.slice,
        "slices": metric.table,
        "action": None if remedy is None else remedy.action,
        "action.instead": None if instead is None else instead.action,
    }
    return {f"{key}.{metric.name}": text[lang] for key, text in words.items() if text is not None}
