"""What preparing costs and gives. CPU seconds are user + system of this process.

python benchmarks/prepare.py balance BANKING77.parquet
python benchmarks/prepare.py bert BANKING77.parquet [DRAWS]
python benchmarks/prepare.py scale [ROWS]
python benchmarks/prepare.py augment BANKING77.parquet [METHOD...]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.benchmark import Side
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.benchmark.training import train_sides
from auditor.checks.run import profile, versions
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.loading import load_settings
from auditor.config.settings import DuplicateSettings, PiiSettings, PrepareSettings, Settings
from auditor.core.audit import Audit
from auditor.core.findings import findings, no_findings
from auditor.core.grades import grade_all
from auditor.core.policy import load_policy
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.load import load_corpus
from auditor.dedup.clusters import Clusters
from auditor.dedup.find import find_clusters
from auditor.pii.run_masking import Masking
from auditor.prepare.apply import apply_plan
from auditor.prepare.augment.generate import augment
from auditor.prepare.make_plan import draft_plan
from auditor.prepare.stage import clean_stage, plan_stage
from auditor.runs.scan import Scan
from auditor.store import RunFolder


def corpus_of(texts, labels, language="en"):
    columns = {"text": pa.array(texts, pa.large_string()), "label": pa.array(labels, pa.large_string())}
    return Corpus("made", ("made",), pa.table(columns), np.arange(len(texts)), Roles("text", "label"), (), language)


def banking(path):
    table = pq.read_table(path)
    split = np.array(table.column("split").to_pylist())
    texts, labels = (
        np.array(table.column("text").to_pylist()),
        np.array(table.column("label").cast(pa.string()).to_pylist()),
    )
    return texts[split == "train"], labels[split == "train"], texts[split == "test"], labels[split == "test"]


def cut(labels, seed):
    """38 classes of 5 rows, the others of at most 100 (evidence of the project's labels report, section 8)."""
    draw = np.random.default_rng(seed)
    names = draw.permutation(np.unique(labels))
    small = set(names[:38].tolist())
    rows = [draw.permutation(np.flatnonzero(labels == n))[: 5 if n in small else 100] for n in names]
    return np.sort(np.concatenate(rows))


KINDS = {
    "none": {"balance": "none", "augment": "none"},
    "weights (default)": {"balance": "weights", "augment": "none"},
    "weights + swap (both defaults)": {"balance": "weights", "augment": "swap"},
    "oversample": {"balance": "oversample", "augment": "none"},
    "oversample to 1:4": {"balance": "oversample", "balance_ratio": 4.0, "augment": "none"},
    "undersample": {"balance": "undersample", "augment": "none"},
    "oversample + swap": {"balance": "oversample", "augment": "swap"},
}
BERT_KINDS = ("none", "weights (default)", "weights + swap (both defaults)", "oversample")


def balanced(texts, labels, seed, kind):
    """The train part by one kind of balancing."""
    at = cut(labels, seed)
    c = corpus_of(texts[at].tolist(), labels[at].tolist())
    options = Settings(seed=seed, prepare=PrepareSettings(test=0.0, validation=0.0, max_removed=1.0, **kind))
    clusters = find_clusters(c, DuplicateSettings())
    plan = draft_plan(c, no_findings(), clusters, options, load_policy())
    return apply_plan(c, plan, clusters, options).parts["train"]


def balance(path):
    """Macro-F1 of TF-IDF and LinearSVC by kind of balancing."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import f1_score
    from sklearn.svm import LinearSVC

    texts, labels, test, truth = banking(path)
    for name, kind in KINDS.items():
        scores = []
        for seed in range(3):
            train = balanced(texts, labels, seed, kind)
            tfidf = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
            x = tfidf.fit_transform(train.column("text").to_pylist())
            model = LinearSVC(C=0.3, random_state=0)
            model.fit(x, train.column("label").to_pylist(), sample_weight=train.column("sample_weight").to_numpy())
            scores.append(f1_score(truth, model.predict(tfidf.transform(test.tolist())), average="macro"))
        print(f"{name:<32} macro-F1 {np.mean(scores):.4f}  seeds {[round(v, 4) for v in scores]}", flush=True)


def balance_bert(path, draws):
    """Macro-F1 of the packaged BERT by kind of balancing, two epochs of the largest, all with the same steps."""
    from sklearn.metrics import f1_score

    texts, labels, test, truth = banking(path)
    rows = Side("test", test.tolist(), truth.tolist(), row_ids=np.arange(len(test)))
    kinds = {
        name: KINDS[name] for name in ("none", "weights (default)", "weights + swap (both defaults)", "oversample")
    }
    scores = {name: [] for name in kinds}
    for seed in range(draws):
        arms = []
        for name, kind in kinds.items():
            train = balanced(texts, labels, seed, kind)
            columns = (train.column(column).to_pylist() for column in ("text", "label"))
            arms.append(Side(name, *columns, train.column("sample_weight").to_numpy()))
        options = {"seed": seed, "benchmark.seeds": 1, "benchmark.epochs": 2, "benchmark.noisy_rows": 0}
        options |= {"benchmark.max_train_rows": 100_000, "benchmark.max_test_rows": 100_000}
        done = train_sides(SingleLabel(), arms, rows, load_settings(options=options), "en", lambda what, share: None)
        codes = done.task.truth(done.experiment)
        for name, run in zip(kinds, done.runs, strict=True):
            scores[name].append(f1_score(codes, run.predicted, average="macro"))
    for name, values in scores.items():
        print(f"{name:<32} macro-F1 {np.mean(values):.4f}  draws {[round(v, 4) for v in values]}", flush=True)


def make(rows, folder):
    """A Parquet file of made rows: 5 % copies, 10 % with doubled blanks, 20 % with an address; in its own process."""
    draw = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(5000)])
    unique = rows - rows // 20
    texts = [" ".join(row) for row in words[draw.integers(0, 5000, (unique, 12))].tolist()]
    for i in range(0, unique, 5):
        texts[i] = f"write to user{i}@example.org " + texts[i]
    for i in range(1, unique, 10):
        texts[i] = texts[i].replace(" ", "  ", 1)
    texts += texts[: rows - unique]
    labels = [f"class {i}" for i in draw.integers(0, 50, rows)]
    pq.write_table(pa.table({"text": texts, "label": labels}), Path(folder) / "in.parquet")


def made_scan(corpus, settings):
    """What a scan would give: the clusters, 5 % duplicates, 19 % with personal data, 10 % label findings, 25 % old."""
    rows = len(corpus)
    unique = rows - rows // 20
    cluster, kept = np.full(rows, -1), np.arange(rows)
    cluster[: rows - unique] = cluster[unique:] = np.arange(rows - unique)
    kept[unique:] = np.arange(rows - unique)
    clusters = Clusters(cluster, kept, kept.copy(), np.ones(rows, np.float32), np.zeros(rows, np.int8))
    mails, odd = np.arange(0, unique, 5), np.arange(3, rows, 10)
    lengths = [corpus.texts[i].index(" word") for i in mails.tolist()]
    safe = ["safe" if i % 2 else "review" for i in odd]
    tables = {
        "duplicates": findings("DUP001", "warn", np.arange(unique, rows), ref_row=kept[unique:]),
        "privacy": findings(
            "PII001", "warn", mails, column="text", start=9, end=lengths, value="EMAIL_ADDRESS", entity="EMAIL_ADDRESS"
        ),
        "labels": findings("LBL001", "warn", odd, suggestion="class 0", is_safe=[one == "safe" for one in safe]),
        "staleness": findings("STL001", "info", np.arange(0, rows, 4)),
    }
    results = {name: Completed((), table) for name, table in tables.items()}
    config = settings.model_dump(mode="json")
    return Scan(
        corpus,
        clusters,
        Audit(profile(corpus), results, grade_all(results, len(corpus), settings.grades), config, versions()),
        {},
    )


def scale(rows):
    """Read, plan and clean with every file written, as `auditor clean` does it; only the scan is made up."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, __file__, "make", str(rows), name], check=True)
        settings = Settings(prepare=PrepareSettings(augment="none"), pii=PiiSettings(ner="off"))
        clock = Clock()
        corpus = load_corpus([str(folder / "in.parquet")], CorpusSettings())
        corpus.digest  # noqa: B018
        clock.told("read")
        scan = made_scan(corpus, settings)
        clock.told("(scan made up)", is_counted=False)
        target = folder / "run"
        masking = Masking(corpus, settings, target, is_used=True)
        with RunFolder(target, corpus.files) as run:
            plan = plan_stage(run, scan, masking, None, None)
            clock.told("plan, written")
            prepared = clean_stage(run, scan, plan, masking, lambda *_: None)
            clock.told("clean, written")
            run.publish({"outputs": run.hashes()})
            clock.told("hashes, published")
            size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
        print(f"{'whole':<18}{clock.cpu:>8.1f} CPU s{clock.wall:>8.1f} s wall{peak():>8.0f} MB peak")
        print(f"{size / 1e6:.0f} MB written")
        print(prepared.accounts.sums())


class Clock:
    """Tells CPU (children included), wall and peak memory after each stage."""

    def __init__(self):
        self.cpu = self.wall = 0.0
        self._last = self._now()

    def told(self, stage, is_counted=True):
        now = self._now()
        wall, cpu = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now
        self.cpu, self.wall = self.cpu + cpu * is_counted, self.wall + wall * is_counted
        print(f"{stage:<18}{cpu:>8.1f} CPU s{wall:>8.1f} s wall{peak():>8.0f} MB peak", flush=True)

    def _now(self):
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return time.perf_counter(), sum(u.ru_utime + u.ru_stime for u in usage)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def speed(path, methods):
    """Rows a CPU second, learning what the copies are judged by included; medians of three interleaved rounds."""
    texts, _, _, _ = banking(path)
    texts = [str(text) for text in texts] * 4
    labels = ["small"] * (len(texts) // 3) + ["large"] * (len(texts) - len(texts) // 3)
    wanted = int(len(texts) / 2 - len(texts) // 3)
    spent, made = {}, {}
    for number in range(4):  # the first round loads libraries and tables
        for method in methods:
            for check in (False, True):
                cpu = time.process_time()
                kind = {"budget": 2.0, "language": "en", "seed": 0, "check": check}
                made[method, check] = len(augment(texts, labels, method=method, **kind))
                if number:
                    spent.setdefault((method, check), []).append(time.process_time() - cpu)
    print(f"{len(texts)} train rows, {wanted} copies tried")
    for (method, check), seconds in spent.items():
        middle = sorted(seconds)[1]
        how = "with the label model" if check else "without the label model"
        tried, kept = wanted / middle, made[method, check] / middle
        print(f"{method:<9} {how:<24} {tried:>8,.0f} tried a CPU s, {kept:>8,.0f} kept ({made[method, check]} kept)")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "balance":
        balance(rest[0])
    elif what == "bert":
        balance_bert(rest[0], int(rest[1]) if rest[1:] else 1)
    elif what == "make":
        make(int(rest[0]), rest[1])
    elif what == "scale":
        scale(int(rest[0]) if rest else 1_000_000)
    else:
        speed(rest[0], rest[1:] or ["swap", "delete", "crop", "keyboard", "ocr"])
