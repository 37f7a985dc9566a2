"""A corpus audited for duplicates, empty texts and personal data, then planned and prepared; and what must hold of it."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.base import Shared
from auditor.checks.duplicates import DuplicateCheck
from auditor.checks.run import profile
from auditor.config.settings import PiiSettings, PrepareSettings, Settings
from auditor.core.audit import CorpusProfile
from auditor.core.findings import findings, merge_findings
from auditor.core.policy import load_policy
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.corpus.output_names import ADDED_COLUMNS
from auditor.dedup.find import find_clusters
from auditor.pii.spans import find_spans
from auditor.prepare.apply import apply_plan
from auditor.prepare.cleaning import text_keys
from auditor.prepare.make_plan import draft_plan
from auditor.prepare.undo import Outputs, restore

FREE = {"vanishing": "allow", "max_removed": 1.0, "augment": "none", "keep_raw": True}


def audited(c: Corpus, more=(), seed=0, personal=True, **own):
    """The data set and its plan."""
    options = Settings(seed=seed, prepare=PrepareSettings(**{**FREE, **own}), pii=PiiSettings(ner="off"))

    def rescan(texts, heading=None):
        rows = find_spans(texts, options, c.language, ner=False, heading=heading)
        return [[(s.start, s.end, s.entity) for s in row if s.entity not in ("URL", "DATE_TIME")] for row in rows]

    clusters = find_clusters(c, options.duplicates)
    result = DuplicateCheck(options, c.language).finish([], c, Shared(clusters=clusters))
    assert isinstance(result, Completed)
    empty = [row for row, text in zip(c.row_id.tolist(), c.texts, strict=True) if not any(x.isalnum() for x in text)]
    found = [result.findings, findings("QLT001", "warn", empty), *more]
    if personal:
        found.append(spans_found(c, rescan(c.texts)))
    plan = draft_plan(
        c, merge_findings(found), clusters, options, load_policy(), rescan=rescan if personal else None,
        recluster=lambda corpus: find_clusters(corpus, options.duplicates),
    )  # fmt: skip
    return apply_plan(c, plan, clusters, options), plan


def spans_found(c, spans):
    flat = [(row, *span) for row, own in zip(c.row_id.tolist(), spans, strict=True) for span in own]
    rows, starts, ends, entities = zip(*flat, strict=True) if flat else ((), (), (), ())
    return findings("PII001", "warn", list(rows), column=c.roles.text, start=list(starts), end=list(ends),
                    value=list(entities), entity=list(entities))  # fmt: skip


def rows_out(result, all_rows=False):
    """(part, text, label, weight) of the rows kept, or of all rows, sorted."""
    rows = []
    for part, table in result.parts.items():
        for row in table.to_pylist():
            if all_rows or row["row_id"] is not None:
                weight = round(row["sample_weight"], 9)
                rows.append((part, row["text"] or "", row.get("label") or "", weight))
    return sorted(rows)


def read_again(result, c, with_split):
    """The rows kept, as an input; None where there are none."""
    tables = []
    for part, table in result.parts.items():
        own = table.filter(pc.is_valid(table.column("row_id"))).drop_columns(list(ADDED_COLUMNS))
        if c.roles.split is not None:
            own = own.drop_columns([c.roles.split])
        tables.append(own.append_column("split", pa.array([part] * len(own))) if with_split else own)
    if not tables:
        return None
    table = pa.concat_tables(tables)
    roles = replace(c.roles, split="split" if with_split else None)
    return Corpus(c.name, c.files, table, np.arange(len(table)), roles, (), c.language)


def check_accounts(c, result):
    outcomes = Counter(result.ledger.column("outcome").to_pylist())
    kept = outcomes["kept"] + outcomes["changed"]
    assert c.rows_read == kept + outcomes["removed"] + outcomes["rejected"]
    assert sum(map(len, result.parts.values())) == kept + outcomes["added"]
    ids = Counter(i for i in result.ledger.column("row_id").to_pylist() if i is not None)
    assert ids == Counter([*c.row_id.tolist(), *(r.row_id for r in c.rejects)])


def check_disjoint(result, text):
    seen: dict[int, str] = {}
    names = [(part, t) for part, table in result.parts.items() for t in table.column(text).to_pylist()]
    for key, (part, t) in zip(text_keys([t or "" for _, t in names]).tolist(), names, strict=True):
        if (t or "").strip():
            assert seen.setdefault(key, part) == part


def check_masks(result, text):
    """Nothing planted is left, in rows kept and in rows made from them."""
    for table in result.parts.values():
        for value in table.column(text).to_pylist():
            assert not any(word in (value or "") for word in ("ann.lee", "bob.fox", "4111 1111", "555-01"))


def check_undo(c, result):
    facts: CorpusProfile = profile(c)
    outputs = Outputs(list(result.parts.values()), result.removed, result.changes, result.raw)
    for source in (None, c):
        again = restore(outputs, facts, source)
        assert again.digest == c.digest
        assert again.table.to_pydict() == c.table.to_pydict()
