"""How well the language of a row is told: ``python benchmarks/languages.py SHARED/data``; ``... dates`` for dates.

Without ``dates``: data sets whose language is known, with CPU seconds for 50 MB of such rows; the example sentences
that spaCy ships for each language (`spacy.lang.XX.examples`), a corpus a language and all of them in one; rows of two
sentences in two languages, of which the longer counts.

With ``dates``: dates as babel writes them in every language of CLDR, a column a language and form; read rightly, not
read, asked about, and read wrongly.
"""

from __future__ import annotations

import argparse
import importlib
import random
import re
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.errors import InputError
from auditor.text.dates import parse_dates
from auditor.text.language import guess_language, row_languages

SETS = {
    "agnews_test": "en", "banking77": "en", "sms_spam": "en", "rotten_tomatoes_mr": "en", "wnut17_ner": "en",
    "labelerrors_imdb_test": "en", "spamassassin": "en", "chnsenticorp_hotel": "zh", "cluener2020": "zh",
    "thucnews_headlines": "zh", "weibo_rumor_ced": "zh", "labelerrors_weibo_ner": "zh",
}  # fmt: skip
TWELVE = ("en", "zh", "de", "es", "fr", "it", "ja", "ko", "pt", "ru", "tr", "vi")
OTHERS = ("ar", "bg", "ca", "cs", "da", "el", "fa", "he", "hi", "hr", "hu", "is", "lt", "nl", "pl", "ro", "sk", "sl",
          "sq", "sr", "sv", "ta", "te", "th", "uk", "ur")  # fmt: skip
_SPEED_BYTES = 10_000_000
WIDE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


def sentences(language: str) -> list[str]:
    """The example sentences that spaCy ships for a language; none where it has no such module."""
    try:
        found = importlib.import_module(f"spacy.lang.{language}.examples").sentences
    except ImportError:
        return []
    return [text for text in found if text.strip()]


def told(texts: list[str]) -> tuple[list[str | None], str, float]:
    """The language of each text, that of the corpus, and the CPU seconds of the former."""
    column = pa.chunked_array([pa.array(texts, pa.large_string())])
    main = guess_language(column)
    start = time.process_time()
    found = row_languages(column, main)
    seconds = time.process_time() - start
    return [found.codes[k] if k >= 0 else None for k in found.of.tolist()], main, seconds


def right(found: list[str | None], truth: list[str]) -> float:
    return float(np.mean([one == other for one, other in zip(found, truth, strict=True)]))


def data_sets(folder: Path) -> None:
    for name, language in SETS.items():
        path = folder / f"{name}.parquet"
        if not path.exists():
            print(f"{name:24} absent")
            continue
        texts = [text or "" for text in pq.read_table(path, columns=["text"]).column("text").to_pylist()]
        size = sum(len(text.encode()) for text in texts) / 1e6
        found, main, _ = told(texts)
        times = max(1, int(_SPEED_BYTES / 1e6 / size))  # large enough that what is done once does not count
        seconds = min(told(texts * times)[2] for _ in range(3)) / times
        others = Counter(code for code in found if code != language).most_common(4)
        print(f"{name:24} {len(texts):6} rows {size:5.1f} MB  {right(found, [language] * len(texts)):.4f}"
              f"  corpus {main}  {50 * seconds / size:4.2f} CPU s for 50 MB  besides {others}")  # fmt: skip


def examples() -> None:
    for name, languages in (("twelve languages", TWELVE), ("and more", OTHERS)):
        alone = {code: sentences(code) for code in languages}
        alone = {code: texts for code, texts in alone.items() if texts}
        shares = {code: right(told(texts)[0], [code] * len(texts)) for code, texts in alone.items()}
        weak = {code: round(value, 2) for code, value in shares.items() if value < 1}
        rows = sum(map(len, alone.values()))
        mean = np.mean(list(shares.values()))
        print(f"{name}: {len(alone)} languages, {rows} sentences, a corpus each: {mean:.4f} {weak}")
        texts = [text for own in alone.values() for text in own]
        truth = [code for code, own in alone.items() for _ in own]
        print(f"{name}: all in one corpus: {right(told(texts)[0], truth):.4f}")


def weight(text: str) -> int:
    """Letters, where a Chinese, Japanese or Korean character counts as three, about the word that it stands for."""
    return len(text) + 2 * len(WIDE.findall(text))


def cut(text: str, most: int) -> str:
    while weight(text) > most:
        text = text[:-1]
    return text


def mixed(seed: int) -> None:
    """Rows of two sentences in two languages, the second cut to half of the first."""
    draw = random.Random(seed)
    pool = [(code, text) for code in TWELVE for text in sentences(code)]
    rows, truth = [], []
    for _ in range(1_000):
        (first, one), (second, two) = draw.sample(pool, 2)
        if first != second and weight(one) >= 40:
            half = cut(two, weight(one) // 2)
            rows.append(" ".join((one, half) if draw.random() < 0.5 else (half, one)))
            truth.append(first)
    print(f"rows of two languages, the longer one counts: {len(rows)} rows, {right(told(rows)[0], truth):.4f}")


def dates() -> None:
    from babel.dates import format_date
    from babel.localedata import locale_identifiers

    days = [date(2018, 1, 1) + timedelta(days=37 * n) for n in range(60)]
    truth = np.array([(day - date(1970, 1, 1)).days for day in days], float)
    languages = [name for name in locale_identifiers() if name.isalpha() and name != "root"]
    for form in ("full", "long", "medium", "short"):
        count: Counter[str] = Counter()
        for language in languages:
            texts = [format_date(day, form, locale=language) for day in days]
            try:
                found = parse_dates(pa.chunked_array([texts], pa.large_string())).days
            except InputError:
                count["asked"] += len(days)
                continue
            count["right"] += int((found == truth).sum())
            count["unread"] += int(np.isnan(found).sum())
            count["wrong"] += int((~np.isnan(found) & (found != truth)).sum())
        print(f"{form:7} {len(languages)} languages {dict(sorted(count.items()))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", help="the folder of data sets, or: dates")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.what == "dates":
        dates()
        return
    data_sets(Path(args.what))
    examples()
    mixed(args.seed)


if __name__ == "__main__":
    main()
