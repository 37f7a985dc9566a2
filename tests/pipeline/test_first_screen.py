"""Every number of the first screen, recomputed from the input with pandas: equal, or within its stated interval."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from auditor.dedup.signs import signs_of
from auditor.pii.entities import entities
from auditor.report.view import build_view
from auditor.runs.finished import read_audit, read_summary

ROWS = 1_000
SETS = {
    # name: (file, rows, further options)
    "english-full": ("sample_data/banking_en.csv", None, ()),
    "chinese-sampled": ("sample_data/service_zh.csv", 800, ("--set", "pii.ner_sample=60")),
    "sms": ("sms_spam.parquet", ROWS, ("--ner", "off")),
    "many-classes": ("banking77.parquet", 3_000, ("--ner", "off")),
    "several-labels": ("reuters21578.parquet", ROWS, ("--label", "topics", "--ner", "off")),
    "dated-mail": ("spamassassin.parquet", 600, ("--ner", "off", "--as-of", "2010-01-01")),
    "hotel-zh": ("chnsenticorp_hotel.parquet", 600, ("--set", "pii.ner_sample=50")),
    "rumours-zh": ("weibo_rumor_ced.parquet", ROWS, ("--ner", "off")),
    "tokens-zh": ("cluener2020.parquet", 400, ("--ner", "off")),
    "tokens-en": ("wnut17_ner.parquet", 800, ("--set", "pii.ner_sample=40")),
}


@pytest.fixture(scope="module", params=SETS)
def run(
    request: Any, tmp_path_factory: Any, auditor: Any, samples: Path, shared_data: Any
) -> tuple[Path, pd.DataFrame]:
    file, rows, options = SETS[request.param]
    folder = tmp_path_factory.mktemp("screen")
    if file.startswith("sample_data/"):
        frame = pd.read_csv(samples / Path(file).name, dtype=str, keep_default_na=False).iloc[:rows]
        frame.to_csv(folder / "d.csv", index=False)
        name = "d.csv"
    else:
        table = pq.read_table(shared_data(file))
        table = table.take(np.linspace(0, len(table) - 1, rows).astype(int))  # classes often come one after the other
        pq.write_table(table, folder / "d.parquet")
        frame, name = table.to_pandas(), "d.parquet"
    if not any(option == "--as-of" for option in options):
        options = (*options, "--as-of", "2026-01-01")
    done = auditor("clean", name, "-o", "run", "--set", "effects=false", "--ignore", "DIV,BIA",
                   "--set", "prepare.augment=none", "--max-removed", "0.9", *options, cwd=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "run", frame


def audit_json(path: Path) -> dict[str, Any]:
    return json.loads((path / "audit.json").read_text("utf-8"))


def metric(path: Path, name: str) -> float | None:
    checks = audit_json(path)["checks"]
    found = [m for m in checks[name.partition(".")[0]]["metrics"] if m["name"] == name and m["slice"] is None]
    return found[0]["value"] if found else None


def column(path: Path, frame: pd.DataFrame, role: str) -> pd.Series | None:
    name = audit_json(path)["corpus"]["roles"].get(role)
    return None if name is None else frame[name]


def seen(text: Any) -> str:
    """What can be seen of a text."""
    return "".join(c for c in str(text or "") if unicodedata.category(c) not in ("Cc", "Cf", "Zs", "Zl", "Zp"))


def test_rows_and_texts(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    corpus = audit_json(path)["corpus"]
    assert (corpus["rows_read"], corpus["rows_rejected"]) == (len(frame), 0)
    texts = column(path, frame, "text").fillna("")
    assert corpus["characters"] == int(texts.map(len).sum())
    assert metric(path, "quality.median_length") == float(np.median(texts.map(len)))
    assert metric(path, "quality.empty_rate") == pytest.approx((texts.map(seen) == "").mean(), abs=1e-6)


def test_classes_and_their_shares(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    view = build_view(read_audit(path), read_summary(path))
    labels = column(path, frame, "label")
    if labels is None:
        tags = next((name for name in ("ner_tags", "given_tags") if name in frame), None)
        if tags is None:
            pytest.skip("no labels")
        counts = Counter(tag[2:] for row in frame[tags] for tag in row if tag[:2] in ("B-", "S-"))
        total = sum(counts.values())
    elif isinstance(labels.iloc[0], (list, np.ndarray)):
        counts = Counter(name for row in labels for name in set(row))
        total = len(frame)
    else:
        counts = Counter(str(value) for value in labels if value is not None and str(value).strip())
        total = sum(counts.values())
    sizes = sorted(counts.values())
    assert metric(path, "balance.classes") == len(counts)
    assert metric(path, "balance.ratio") == pytest.approx(sizes[-1] / sizes[0], rel=1e-4)
    share = np.array(sizes) / sum(sizes)
    assert metric(path, "balance.gini") == pytest.approx(
        float(np.abs(share[:, None] - share[None]).mean() / (2 * share.mean())), abs=1e-4
    )
    chart = view.charts[0]
    shown = [bar for bar in chart.bars if bar.size is not None]
    for bar in shown:
        assert bar.text == f"{counts[bar.label]:,}"
        assert float(bar.note.strip("<%")) == pytest.approx(100 * counts[bar.label] / total, abs=0.051)
    assert shown[0].text == f"{sizes[-1]:,}" and shown[-1].text == f"{sizes[0]:,}", "the largest and the smallest"
    gaps = [bar.label for bar in chart.bars if bar.size is None]
    hidden = sum(int(re.sub(r"\D", "", gap)) for gap in gaps)
    assert len(shown) + hidden == len(counts)


def test_duplicates(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    texts = column(path, frame, "text").fillna("")
    findings = pq.read_table(path / "findings.parquet").to_pandas()
    removable = findings[findings.code.isin(["DUP001", "DUP002"])].row_id.nunique()
    assert metric(path, "duplicates.rate") == pytest.approx(removable / len(frame), abs=1e-6)
    folded = texts.map(lambda text: " ".join(unicodedata.normalize("NFKC", text).casefold().split()))
    copies = int((folded.duplicated() & (folded != "")).sum())
    assert copies <= metric(path, "duplicates.exact_rows") + metric(path, "duplicates.near_rows")
    for row in findings[findings.code == "DUP001"].itertuples():
        words = [re.findall(r"\w+", unicodedata.normalize("NFKC", texts.iloc[i]).casefold())
                 for i in (int(row.row_id), int(row.ref_row))]  # fmt: skip
        assert words[0] == words[1]


def grams(text: str) -> frozenset[tuple[str, ...]]:
    """The different runs of three words (ideographs) of a text, or all of it where it has fewer."""
    ideographs = r"\u3400-\u9fff\u3040-\u30ff"
    words = re.findall(f"[{ideographs}]|[^\\W{ideographs}]+", unicodedata.normalize("NFKC", text).casefold())
    return frozenset(tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2)) if words)


def test_near_duplicates(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    texts = column(path, frame, "text").fillna("").tolist()
    sets, signs = [grams(text) for text in texts], [signs_of(text) for text in texts]
    holders: dict[tuple[str, ...], list[int]] = {}
    for row, own in enumerate(sets):
        for gram in own:
            holders.setdefault(gram, []).append(row)
    shared: Counter[tuple[int, int]] = Counter()
    for rows in holders.values():
        if len(rows) <= 200:  # one that so many share is no sign of a copy
            shared.update((a, b) for i, a in enumerate(rows) for b in rows[i + 1 :])
    near = {
        (a, b): similarity for a, b in shared if (similarity := len(sets[a] & sets[b]) / len(sets[a] | sets[b])) >= 0.7
    }
    clusters = pq.read_table(path / "clusters.parquet").to_pandas().set_index("row_id").cluster
    near = {
        (a, b): similarity for (a, b), similarity in near.items() if signs[a] == signs[b]
    }  # others may be two texts
    apart = [pair for pair in near if clusters.get(pair[0], -1) != clusters.get(pair[1], -2)]
    assert len(apart) <= 0.02 * len(near), "candidates are drawn by sketches, which miss a few pairs near the threshold"
    findings = pq.read_table(path / "findings.parquet").to_pandas()
    for row in findings[findings.code == "DUP002"].itertuples():
        one, other = sets[int(row.row_id)], sets[int(row.ref_row)]
        words = len(one & other) / len(one | other)
        if signs[int(row.row_id)] == signs[int(row.ref_row)]:
            assert words == pytest.approx(row.score, abs=1e-6)
        else:
            assert 0.7 <= row.score <= words + 1e-6


def test_dates(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    dates = column(path, frame, "date")
    if dates is None:
        pytest.skip("no dates")
    as_of = pd.Timestamp(audit_json(path)["config"]["staleness"]["as_of"])
    blank = dates.isna() | (dates.astype(str).str.strip() == "")
    assert metric(path, "staleness.missing_rate") == pytest.approx(blank.mean(), abs=1e-6)
    parsed = pd.to_datetime(dates.where(~blank), errors="coerce", format="mixed", utc=True).dt.tz_localize(None)
    age = (as_of - parsed).dt.total_seconds() / 86_400
    findings = pq.read_table(path / "findings.parquet").to_pandas()
    name = audit_json(path)["corpus"]["roles"]["date"]
    wrong = findings[findings.code.isin(["STL002", "STL003", "STL006", "STL007"]) & (findings.column == name)].row_id
    assert metric(path, "staleness.broken_rate") == pytest.approx(wrong.nunique() / len(frame), abs=1e-6)
    sound = age[~blank & ~age.index.isin(wrong.astype(int)) & parsed.notna()]
    assert metric(path, "staleness.old_rate") == pytest.approx((sound > 5 * 365).mean(), abs=1.5 / len(sound))
    assert metric(path, "staleness.median_age") == pytest.approx(sound.median(), abs=1.0)


def upper_bound(hits: float, rows: int) -> float:
    """The upper end of Wilson's interval."""
    z = 1.959964
    middle = (hits + z * z / 2) / (rows + z * z)
    return middle + z / (rows + z * z) * np.sqrt(hits * (rows - hits) / rows + z * z / 4)


def test_label_noise(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    labels = column(path, frame, "label")
    if labels is None or isinstance(labels.iloc[0], (list, np.ndarray)):
        pytest.skip("no column with one label per row")
    texts = column(path, frame, "text").fillna("")
    named = labels.notna() & (labels.astype(str).str.strip() != "")
    assert metric(path, "labels.missing_rate") == pytest.approx((~named).mean(), abs=1e-6)
    folded = texts.map(lambda text: " ".join(unicodedata.normalize("NFKC", text).casefold().split()))
    different = folded[named].groupby(labels[named].astype(str)).nunique()
    judged = named & (texts.str.strip() != "") & labels.astype(str).map(different).ge(5)
    suspects = pq.read_table(path / "findings.parquet").to_pandas().query("code == 'LBL001'")
    assert suspects.row_id.nunique() == metric(path, "labels.suspects")
    assert judged.iloc[suspects.row_id.astype(int)].all()
    assert metric(path, "labels.noise_rate") == pytest.approx(len(suspects) / judged.sum(), rel=0.01)
    noise = next(m for m in audit_json(path)["checks"]["labels"]["metrics"] if m["name"] == "labels.noise_rate")
    contradicted = max(len(suspects), (1 - metric(path, "labels.agreement")) * judged.sum())
    assert noise["high"] == pytest.approx(upper_bound(contradicted, int(judged.sum())), abs=2e-3)
    model = make_pipeline(TfidfVectorizer(**terms_of(path)), LogisticRegression(max_iter=300, C=10))
    folds = GroupKFold(5)
    guessed = cross_val_predict(model, texts[judged], labels[judged].astype(str), groups=folded[judged], cv=folds)
    assert abs((guessed == labels[judged].astype(str)).mean() - metric(path, "labels.agreement")) < 0.1


def test_label_noise_of_tags_and_of_several_labels(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    labels = column(path, frame, "label")
    stated = metric(path, "labels.noise_rate")
    if stated is None or (labels is not None and not isinstance(labels.iloc[0], (list, np.ndarray))):
        pytest.skip("one label per row, or labels that cannot be judged")
    findings = pq.read_table(path / "findings.parquet").to_pandas()
    codes = ["LBL006"] if labels is None else ["LBL009", "LBL010"]
    doubted = findings[findings.code.isin(codes)].row_id.nunique()
    tags = next((name for name in ("ner_tags", "given_tags") if name in frame), None)
    # a row may rightly have none of several labels, so those are judged too
    judged = frame[tags].map(len).gt(0) if labels is None else column(path, frame, "text").fillna("").str.strip() != ""
    assert stated == pytest.approx(doubted / judged.sum(), rel=0.02)


def test_drift(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    stated = metric(path, "staleness.drift_auc") if column(path, frame, "date") is not None else None
    if stated is None:
        pytest.skip("no two periods that could be compared")
    findings = pq.read_table(path / "findings.parquet").to_pandas()
    name = audit_json(path)["corpus"]["roles"]["date"]
    wrong = findings[findings.code.isin(["STL002", "STL003", "STL006", "STL007"]) & (findings.column == name)].row_id
    dates = pd.to_datetime(frame[name], errors="coerce", format="mixed", utc=True).drop(wrong.astype(int)).dropna()
    order = dates.sort_values(kind="stable").index
    third = len(order) // 3
    texts = pd.concat([column(path, frame, "text")[part] for part in (order[:third], order[-third:])]).fillna("")
    side = np.repeat([0, 1], third)
    model = make_pipeline(TfidfVectorizer(**terms_of(path), sublinear_tf=True), LogisticRegression(C=10))
    groups = texts.str.casefold().str.split().str.join(" ")
    scores = cross_val_predict(
        model, texts.str[:1_500], side, groups=groups, cv=GroupKFold(3), method="decision_function"
    )
    drift = next(m for m in audit_json(path)["checks"]["staleness"]["metrics"] if m["name"] == "staleness.drift_auc")
    slack = 0.05  # another model and other folds
    assert drift["low"] - slack <= roc_auc_score(side, scores) <= drift["high"] + slack


def terms_of(path: Path) -> dict[str, Any]:
    """Words and pairs of words; of Chinese: characters."""
    chinese = audit_json(path)["corpus"]["language"] == "zh"
    return {"analyzer": "char", "ngram_range": (1, 2)} if chinese else {"ngram_range": (1, 2)}


def test_privacy(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    privacy = audit_json(path)["checks"]["privacy"]
    coverage = privacy["coverage"]
    assert coverage["columns_left"] == []
    findings = pq.read_table(path / "findings.parquet").to_pandas()
    kinds = {name: one.kind for name, one in entities().items()}
    personal = findings[findings.code.str.startswith("PII") & findings.start.notna()]
    strong = personal[personal.confidence > 0.85]
    for name, kind in (("identifier_rate", "identifier"), ("secret_rate", "secret")):
        rows = strong[strong.value.map(kinds) == kind].row_id.nunique()
        assert metric(path, f"privacy.{name}") == pytest.approx(rows / len(frame), abs=1e-6)
    mails = re.compile(
        r"(?<![\w.%+-])[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|de|uk|ie)\b", re.I
    )
    text = column(path, frame, "text").fillna("")
    with_mail = {i for i, value in enumerate(text) if mails.search(value)}
    found = {int(i) for i in strong[(strong.value == "EMAIL_ADDRESS") & (strong.column == text.name)].row_id}
    assert len(with_mail - found) <= 0.02 * len(with_mail) + 1
    rate = next(m for m in privacy["metrics"] if m["name"] == "privacy.name_rate")
    tagged = coverage["tagged_rows"]
    if not tagged:
        assert rate["value"] is None
        return
    named = personal[personal.value == "PERSON"].row_id.nunique()
    if tagged == len(frame):
        assert rate["value"] == pytest.approx(named / tagged, abs=1e-6)
        assert rate["low"] is None
        return
    hits, z = round(rate["value"] * tagged), 1.959964
    middle = (hits + z * z / 2) / (tagged + z * z)
    half = z / (tagged + z * z) * np.sqrt(hits * (tagged - hits) / tagged + z * z / 4)
    assert (rate["low"], rate["high"]) == pytest.approx((max(middle - half, 0), min(middle + half, 1)), abs=1e-6)
    full = [m for m in privacy["metrics"] if m["name"] == "privacy.entity" and m["slice"] == "PERSON"]
    assert all(m["low"] is not None for m in full), "what was counted on a sample has an interval"


def test_the_accounts_and_the_letters_after(run: tuple[Path, pd.DataFrame]) -> None:
    path, frame = run
    summary = json.loads((path / "summary.json").read_text("utf-8"))
    data = pa.concat_tables([pq.read_table(f) for f in sorted((path / "dataset").glob("*.parquet"))]).to_pandas()
    prepared = summary["prepared"]
    accounts = prepared["accounts"]
    kept = data[data.row_id.notna()]
    assert accounts["rows_kept"] == len(kept)
    assert accounts["rows_removed"] == len(frame) - len(kept)
    assert accounts["rows_added"] == len(data) - len(kept)
    assert sum(file["rows"] for file in prepared["files"]) == len(data)
    plan = pq.read_table(path / "plan.parquet").to_pandas()
    assert sum(line["rows"] for line in summary["plan"] if line["action"] == "drop") == (plan.action == "drop").sum()
    masks = pq.read_table(path / "masks.parquet").to_pandas()
    assert accounts["rows_masked"] == masks.row_id.nunique()
    assert accounts["masked_places"] == dict(masks.entity.value_counts())
    label = audit_json(path)["corpus"]["roles"].get("label")
    for item in prepared["classes"]:
        part = pq.read_table(path / "dataset" / f"{item['part']}-00000-of-00001.parquet").to_pandas()
        assert item["after"] == (part[label].astype(str) == item["label"]).sum()
    assert summary["after"]["grades"].keys() >= {"overall", "duplicates"}
