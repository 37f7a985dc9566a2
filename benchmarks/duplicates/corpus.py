"""Build a corpus of real passages with known edits.

    python benchmarks/duplicates/corpus.py OUT.parquet --documents 50000 /usr/share/doc /usr/lib/python3 ...

Passages of 600 to 2,000 characters are cut at paragraph ends from text files, manual pages and the documentation
strings of Python modules below the folders given. To seven parts of originals come copies with 2, 5, 10, 20 and 30 %
of their words dropped, replaced or inserted (15 % of them also with two sentences swapped) and exact copies up to
case and white space. Columns: text, norm (words of the text, folded, between single spaces), original, rate.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

RATES = (0.02, 0.05, 0.10, 0.20, 0.30)
_WORD = re.compile(r"\w+")


def texts_of(path: Path) -> Iterator[str]:
    """Readable texts of one file."""
    try:
        if path.suffix == ".py":
            tree = ast.parse(path.read_text("utf-8"))
            nodes = (n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef))
            yield from (doc for node in nodes if (doc := ast.get_docstring(node)))
        elif path.suffix == ".gz":
            yield gzip.decompress(path.read_bytes()).decode("utf-8")
        elif path.suffix in ("", ".txt", ".md", ".rst", ".1", ".html"):
            yield path.read_text("utf-8")
    except (OSError, ValueError, SyntaxError, RecursionError, EOFError):
        return


def passages(folders: list[str]) -> Iterator[str]:
    """Passages of 600 to 2,000 characters, each once."""
    seen: set[int] = set()
    for folder in folders:
        for path in sorted(p for p in Path(folder).rglob("*") if p.is_file() and p.stat().st_size < 2_000_000):
            for text in texts_of(path):
                block = ""
                for paragraph in re.split(r"\n\s*\n", text):
                    block = f"{block}\n\n{paragraph}" if block else paragraph
                    if len(block) >= 600:
                        key = hash(" ".join(block.lower().split()))
                        if len(block) <= 2000 and key not in seen:
                            seen.add(key)
                            yield block
                        block = ""


def edited(text: str, rate: float, draw: random.Random, vocabulary: list[str]) -> str:
    """`rate` of the words dropped, replaced or put in, in equal parts."""
    words = re.split(r"(\s+)", text)
    places = range(0, len(words), 2)
    for place in draw.sample(places, max(1, round(rate * len(places)))):
        kind = draw.randrange(3)
        other = draw.choice(vocabulary)
        words[place] = "" if kind == 0 else other if kind == 1 else f"{words[place]} {other}"
    result = "".join(words)
    sentences = re.split(r"(?<=[.!?])\s+", result)
    if draw.random() < 0.15 and len(sentences) > 2:
        i = draw.randrange(len(sentences) - 1)
        sentences[i], sentences[i + 1] = sentences[i + 1], sentences[i]
        result = " ".join(sentences)
    return result


def main() -> None:
    """Build and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    originals = list(passages(options.folders))
    draw.shuffle(originals)
    originals = originals[: round(0.61 * options.documents)]
    vocabulary = [word for text in originals[::50] for word in text.split()]
    rows = [(text, i, 0.0) for i, text in enumerate(originals)]
    each = round(0.07 * options.documents)
    for rate in RATES:
        rows += [
            (edited(originals[i], rate, draw, vocabulary), i, rate) for i in draw.choices(range(len(originals)), k=each)
        ]
    forms = (str.upper, str.lower, lambda t: re.sub(r"\s+", " ", t), str)
    for i in draw.choices(range(len(originals)), k=options.documents - len(rows)):
        rows.append((draw.choice(forms)(originals[i]), i, -1.0))
    draw.shuffle(rows)
    table = pa.table(
        {
            "text": [text for text, _, _ in rows],
            "norm": [" ".join(_WORD.findall(text.lower())) for text, _, _ in rows],
            "original": [i for _, i, _ in rows],
            "rate": [rate for _, _, rate in rows],
        }
    )
    pq.write_table(table, options.out, compression="zstd", row_group_size=20_000)
    size = sum(len(text.encode()) for text in table["norm"].to_pylist()) / 1e6
    print(f"{options.out}: {len(originals)} originals, {len(rows)} documents, {size:.1f} MB of words")


if __name__ == "__main__":
    main()
