"""Chinese reviews and posts: recall and precision against exact truth over characters, and speed.

    python benchmarks/dedup/chinese.py shared/data/chnsenticorp_hotel.parquet shared/data/weibo_rumor_ced.parquet ...

The texts, and of each of at least 60 characters five copies with 2, 5, 10, 20 and 30 % of the characters replaced.
Truth: exact join over 5-grams of tokens, where a token is one ideograph or a run of other letters and digits, on NFKC
text in one case, found by a regular expression that shares nothing with auditor's tokenizer.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.duplicates import measure, score, truth

TOKEN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3041-\u30ff\u31f0-\u31ff]|[^\W\u3041-\u30ff\u3400-\u9fff]+"
)
COMMON = "的了是好不错很用买住房间服务早餐酒店"


def main() -> None:
    draw = random.Random(3)
    texts: list[str] = []
    for file in sys.argv[1:]:
        texts += [
            t for t in dict.fromkeys(pq.read_table(file, columns=["text"])["text"].to_pylist()) if t and t.strip()
        ]
    rows = list(texts)
    for rate in (0.02, 0.05, 0.1, 0.2, 0.3):
        for text in texts:
            if len(text) >= 60:
                characters = list(text)
                for place in draw.sample(range(len(text)), max(1, round(rate * len(text)))):
                    characters[place] = draw.choice(COMMON)
                rows.append("".join(characters))
    draw.shuffle(rows)
    spaced = [" ".join(TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())) for text in rows]
    with tempfile.TemporaryDirectory() as folder:
        raw, norm, out = (Path(folder, name) for name in ("raw.parquet", "norm.parquet", "out.npz"))
        pq.write_table(pa.table({"text": pa.array(rows, pa.large_string())}), raw)
        pq.write_table(pa.table({"text": pa.array(spaced, pa.large_string())}), norm)
        few = Path(folder, "few.parquet")
        pq.write_table(pa.table({"text": pa.array(rows[:10], pa.large_string())}), few)
        true = truth(norm, 5, 0.8)
        size = sum(len(text.encode()) for text in rows) / 1e6
        for _ in range(3):
            start = measure(sys.executable, "auditor", few, out, 5, 0.8)
            run = measure(sys.executable, "auditor", raw, out, 5, 0.8)
            assert run is not None and start is not None
            with np.load(out) as found:
                s = score(len(rows), found["x"], found["y"], true)
            print(
                f"{len(rows):,} texts, {size:.1f} MB, {len(true):,} true pairs: recall {s['recall']:.4f} precision"
                f" {s['precision']:.4f}; {run['cpu']:.2f} CPU s, {size / run['cpu']:.0f} MB/s, {run['mb']:.0f} MB;"
                f" beyond start-up ({start['cpu']:.2f} s) {size / (run['cpu'] - start['cpu']):.0f} MB/s"
            )


if __name__ == "__main__":
    main()
