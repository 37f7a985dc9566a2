"""What a law page calls found, drawn at random to be read by eye.

    python benchmarks/law_pages.py SHARED/data --seed 1 --out FOLDER

Runs the privacy check over each corpus with its defaults and takes every finding that makes an entity type *found* in
a clause: its evidence is strong, the type is one of a clause, and what is only an attribute, such as a postal code, is
in a row that names somebody. Three files are written, each hit with its surroundings and the place where it is:

- ``all.txt``: hits drawn at random of all corpora together (``--draw``);
- ``each.txt``: up to ``--each`` hits drawn of every corpus and entity type;
- ``secrets.txt``: all secrets, weak ones too.

The files hold the personal data of the corpora: write them outside the repository and delete them when they are read.
Counts by corpus and entity type, which hold none, are printed.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from auditor.checks.base import Shared
from auditor.checks.privacy.check import PiiCheck
from auditor.checks.privacy.tables import CONFIDENCE
from auditor.compliance import load_compliance
from auditor.config.settings import Settings
from auditor.core.results import Completed
from auditor.corpus.columns import column_texts
from auditor.corpus.load import load_corpus
from auditor.pii.entities import entity
from auditor.pii.spans import Evidence

CORPORA = ("spamassassin", "weibo_rumor_ced", "reuters21578")
REPOSITORY = Path(__file__).resolve().parents[1]
STRONG = CONFIDENCE[Evidence.CONTEXT] - 0.01
"""Least confidence of strong evidence; the column is rounded to 32 bits."""


@dataclass(frozen=True)
class Hit:
    """One finding with what surrounds it."""

    corpus: str
    kind: str
    row: int
    column: str
    start: int
    is_strong: bool
    before: str
    value: str
    after: str

    def line(self, number: int) -> str:
        """One line of a file; line ends are written as escapes."""
        place = f"{self.corpus} {self.row} {self.column} {self.start}"
        strength = "" if self.is_strong else " weak"
        shown = f"{self.before}⟦{self.value}⟧{self.after}".replace("\r", "\\r").replace("\n", "\\n")
        return f"{number:3} {self.kind}{strength} ({place})\n    {shown}\n"


def hits(path: Path, around: int) -> Iterator[Hit]:
    """What a law page of this corpus asserts, and all its secrets, in order of kind, row and place."""
    settings = Settings()
    corpus = load_corpus([str(path)], settings.corpus)
    check = PiiCheck(settings, corpus.language)
    batch = pa.record_batch({"row_id": pa.array(corpus.row_id), "text": pa.array(corpus.texts, pa.large_string())})
    result = check.finish([check.scan(batch)], corpus, Shared())
    assert isinstance(result, Completed), result
    found = result.findings.select(["row_id", "column", "start", "end", "confidence", "value"]).to_pylist()
    places = {row: place for place, row in enumerate(corpus.row_id.tolist())}
    texts = {name: column_texts(corpus, name) for name in {item["column"] for item in found}}
    asserted = {name for regime in load_compliance() for clause in regime.clauses for name in clause.entities}
    naming = {
        item["row_id"]
        for item in found
        if entity(item["value"]).kind == "name"
        or (entity(item["value"]).kind == "identifier" and item["confidence"] >= STRONG)
    }
    for item in sorted(found, key=lambda item: (item["value"], item["row_id"], item["column"], item["start"])):
        kind, is_strong = entity(item["value"]).kind, item["confidence"] >= STRONG
        counts = kind != "none" and (kind != "attribute" or item["row_id"] in naming)
        if kind == "secret" or (is_strong and counts and item["value"] in asserted):
            text, start, end = texts[item["column"]][places[item["row_id"]]], item["start"], item["end"]
            before, after = text[max(0, start - around) : start], text[end : end + around]
            place = (path.stem, item["value"], item["row_id"], item["column"], start)
            yield Hit(*place, is_strong, before, text[start:end], after)


def write(path: Path, drawn: Sequence[Hit]) -> None:
    """One file of hits, with a head line."""
    path.write_text(f"{len(drawn)} hits\n" + "".join(hit.line(i) for i, hit in enumerate(drawn, 1)), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="holds NAME.parquet of each corpus")
    parser.add_argument("--corpora", default=",".join(CORPORA))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draw", type=int, default=100)
    parser.add_argument("--each", type=int, default=15)
    parser.add_argument("--around", type=int, default=60, help="characters shown on either side")
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the repository")
    arguments = parser.parse_args()
    if arguments.out.resolve().is_relative_to(REPOSITORY):
        parser.error("--out is inside the repository; what is written holds personal data")
    arguments.out.mkdir(parents=True, exist_ok=True)
    every = [
        hit
        for name in arguments.corpora.split(",")
        for hit in hits(arguments.folder / f"{name}.parquet", arguments.around)
    ]
    asserted = [hit for hit in every if hit.is_strong]
    groups: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for hit in asserted:
        groups[hit.corpus, hit.kind].append(hit)
    draw = random.Random(arguments.seed)
    write(arguments.out / "all.txt", draw.sample(asserted, min(arguments.draw, len(asserted))))
    each = [draw.sample(group, min(arguments.each, len(group))) for group in groups.values()]
    write(arguments.out / "each.txt", [hit for group in each for hit in group])
    secrets = [hit for hit in every if entity(hit.kind).kind == "secret"]
    write(arguments.out / "secrets.txt", secrets)
    print(f"{len(asserted)} hits asserted; seed {arguments.seed}")
    for (corpus, kind), group in groups.items():
        print(f"  {corpus:20} {kind:20} {len(group):7}")
    for (corpus, is_strong), count in Counter((hit.corpus, hit.is_strong) for hit in secrets).items():
        print(f"  {corpus:20} secrets, {'strong' if is_strong else 'weak'} {count:7}")


if __name__ == "__main__":
    main()
