"""Build corpora of real passages with known edits, nested in one another.

    python benchmarks/dedup/corpus.py OUT 50000 300000 1000000 --folders FOLDER ...

Passages of 600 to 2,000 characters are cut at paragraph ends from text files, web pages (markup stripped) and the
documentation strings of Python modules below the folders. To 61 parts of originals come 7 parts of copies each with 2,
5, 10, 20 and 30 % of their words dropped, replaced or inserted (15 % of them also with two sentences swapped) and 4
parts of exact copies up to case and white space. Writes OUT/N.parquet (text) and OUT/N.norm.parquet (the folded words
of each text between single spaces, what tools without a tokenizer of their own are given).

The folders of the figures in docs/results.md: Debian's linux-doc-6.1, python3.11-doc, postgresql-doc-15, dict-gcide,
anarchism, openjdk-17-doc, perl-doc, libboost1.81-doc, qtbase5-doc-html, python-{sympy,scipy,pandas}-doc, erlang-doc,
racket-doc, rust-doc and others (``apt-get download``, ``dpkg -x``), /usr/share/doc and an environment's site-packages.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import html
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

RATES = (0.02, 0.05, 0.10, 0.20, 0.30)
ORIGINAL_SHARE, EDITED_SHARE = 0.61, 0.07
_WORD = re.compile(r"\w+")
_MARKUP = re.compile(r"<script.*?</script>|<style.*?</style>|<[^>]*>", re.DOTALL)
_UNSPACED = re.compile("[\u2e80-\u9fff\uac00-\ud7af\u0e00-\u0eff]")  # scripts whose words no space ends
_BLOCK_END = re.compile(r"</(p|div|li|tr|pre|h\d|dd|dt|section)>", re.IGNORECASE)


def texts_of(path: Path) -> Iterator[str]:
    """Readable texts of one file."""
    try:
        if path.suffix == ".py":
            tree = ast.parse(path.read_text("utf-8"))
            nodes = (n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef))
            yield from (doc for node in nodes if (doc := ast.get_docstring(node)))
        elif path.suffix == ".gz":
            yield gzip.decompress(path.read_bytes()).decode("utf-8")
        elif path.suffix in (".html", ".htm", ".xhtml"):
            page = _BLOCK_END.sub("\n\n", path.read_text("utf-8"))
            yield html.unescape(_MARKUP.sub("", page))
        elif path.suffix in ("", ".txt", ".md", ".rst", ".1", ".dict"):
            yield path.read_text("utf-8")
    except (OSError, ValueError, SyntaxError, RecursionError, EOFError):
        return


def passages(folders: list[str], wanted: int) -> list[str]:
    """At least `wanted` passages of 600 to 2,000 characters if there are as many, each once."""
    draw = random.Random(2)
    files = [p for folder in folders for p in Path(folder).rglob("*") if p.is_file() and p.stat().st_size < 30_000_000]
    random.Random(1).shuffle(files)
    found: dict[int, str] = {}
    for path in files:
        for text in texts_of(path):
            block, enough = "", draw.randint(600, 1_700)
            for paragraph in re.split(r"\n\s*\n", text):
                block = f"{block}\n\n{paragraph}" if block else paragraph
                if len(block) >= enough:
                    enough = draw.randint(600, 1_700)
                    if len(block) <= 2000 and not _UNSPACED.search(block):
                        found.setdefault(hash(" ".join(block.lower().split())), block.strip())
                    block = ""
        if len(found) >= wanted:
            break
    return list(found.values())


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


def with_copies(originals: list[str], documents: int, draw: random.Random) -> list[tuple[str, int, float]]:
    """(text, original, rate) of `documents` rows in random order; rate 0: the original, -1: an exact copy."""
    vocabulary = [word for text in originals[:: max(1, len(originals) // 2000)] for word in text.split()]
    rows = [(text, i, 0.0) for i, text in enumerate(originals)]
    each = round(EDITED_SHARE * documents)
    for rate in RATES:
        rows += [
            (edited(originals[i], rate, draw, vocabulary), i, rate) for i in draw.choices(range(len(originals)), k=each)
        ]
    forms = (str.upper, str.lower, lambda t: re.sub(r"\s+", " ", t), str)
    for i in draw.choices(range(len(originals)), k=documents - len(rows)):
        rows.append((draw.choice(forms)(originals[i]), i, -1.0))
    draw.shuffle(rows)
    return rows


def write(out: Path, documents: int, rows: list[tuple[str, int, float]]) -> None:
    """The two files of one corpus."""
    columns = {
        "text": [text for text, _, _ in rows],
        "original": [i for _, i, _ in rows],
        "rate": [rate for _, _, rate in rows],
    }
    norm = [" ".join(_WORD.findall(text.lower())) for text in columns["text"]]
    pq.write_table(pa.table(columns), out / f"{documents}.parquet", compression="zstd", row_group_size=20_000)
    pq.write_table(
        pa.table({"text": norm}), out / f"{documents}.norm.parquet", compression="zstd", row_group_size=20_000
    )
    size, folded = (sum(len(t.encode()) for t in texts) / 1e6 for texts in (columns["text"], norm))
    print(f"{documents} documents, {size:.1f} MB of text, {folded:.1f} MB of words")


def main() -> None:
    """Build and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("documents", nargs="+", type=int)
    parser.add_argument("--folders", nargs="+", required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = round(ORIGINAL_SHARE * max(options.documents))
    originals = passages(options.folders, wanted)
    random.Random(7).shuffle(originals)
    print(f"{len(originals)} passages of {wanted} wanted")
    for documents in sorted(options.documents):
        if documents * ORIGINAL_SHARE > len(originals):
            print(f"{documents}: too few passages; fewer documents")
            documents = round(len(originals) / ORIGINAL_SHARE)
        count = round(ORIGINAL_SHARE * documents)
        write(options.out, documents, with_copies(originals[:count], documents, random.Random(7)))


if __name__ == "__main__":
    main()
