"""Details of one row: its findings, its plan, and rows to compare it with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.core.actions import PARTS
from auditor.core.findings import SEVERITIES, FindingRow
from auditor.report.messages import share
from auditor.report.view.context import Context
from auditor.report.view.rows import PAIR_CODES
from auditor.report.view.values import finding_value
from auditor.review.loop import QUESTIONED
from auditor.view.model import Around, Fact, Found, Neighbour, Pair
from auditor.view.neighbours import Nearest
from auditor.view.rows import NONE, Rows
from auditor.view.texts import RowTexts

NEIGHBOURS, PAIRS, FOUND = 5, 3, 12


class Details:
    """Looks up the details of a row.

    Args:
        rows, texts: rows of the run and their texts.
        context: the audit in the reader's language.
        nearest: finds similar rows if the run does not list any; None: none are searched for.
    """

    def __init__(self, rows: Rows, texts: RowTexts, context: Context, nearest: Nearest | None) -> None:
        self._rows, self._texts, self._context, self._nearest = rows, texts, context, nearest

    def facts(self, position: int) -> tuple[Fact, ...]:
        """Part, source, label quality and plan."""
        rows, text = self._rows, self._context.messages.text
        facts = []
        if rows.part[position] != NONE:
            facts.append(Fact(text("view.part"), PARTS[rows.part[position]], is_name=True))
        facts += [Fact(text("view.source"), source, is_name=True) for source in rows.sources.of(position)]
        if not np.isnan(rows.score[position]):
            facts.append(Fact(text("view.score"), f"{rows.score[position]:.2f}"))
        if rows.plan is not None:
            action, code = (rows.plan.column(name)[position].as_py() for name in ("action", "code"))
            planned = text(f"action.word.{action}")
            facts.append(Fact(text("view.plan"), f"{planned} ({code})" if code else planned))
        return tuple(facts)

    def found(self, position: int) -> tuple[Found, ...]:
        """The distinct findings about a row, worst first."""
        table = self._rows.findings_of(position)
        lines: list[FindingRow] = table.slice(0, 500).to_pylist()
        lines.sort(key=lambda line: (-SEVERITIES.index(line["severity"]), line["code"]))
        distinct = dict.fromkeys(self._found(line) for line in lines)
        return tuple(distinct)[:FOUND]

    def _found(self, line: FindingRow) -> Found:
        context, text = self._context, self._context.messages.text
        facts = []
        if line["kept_because"]:
            facts.append((text("detail.kept"), context.messages.either(f"kept.{line['kept_because']}", "")))
        elif line["value"] and not context.messages.has(f"verdict.label.{line['value']}"):
            value = finding_value(context, line["code"], line["value"], line["column"], line["detail"])
            if value != context.title(line["code"]):
                facts.append((text("detail.value"), value))
        if line["ref_row"] is not None:
            facts.append((text("detail.ref_row"), str(line["ref_row"])))
            if line["code"].startswith(PAIR_CODES) and line["score"] is not None:
                facts.append((text("detail.similarity"), f"{line['score']:.2f}"))
        confidence = line["confidence"]
        return Found(
            code=line["code"],
            title=context.title(line["code"]),
            status=line["severity"],
            word=text(f"severity.{line['severity']}"),
            confidence="" if confidence is None else share(round(confidence, 2)),
            facts=tuple(facts),
        )

    def questions(self, position: int) -> tuple[tuple[str, str], ...]:
        """Questioned labels with the proposed change; empty unless rows have several labels."""
        if not self._rows.several:
            return ()
        table = self._rows.findings_of(position).select(["code", "label"]).to_pylist()
        return tuple((row["label"], QUESTIONED[row["code"]]) for row in table if row["code"] in QUESTIONED)

    def suggested(self, position: int) -> str | None:
        """The class that the models predict."""
        value = self._rows.value("suggested_label", position)
        return value if isinstance(value, str) else None

    def around(self, position: int) -> Around:
        """The rows that it duplicates, and the most similar ones."""
        return Around(self._pairs(position), self._neighbours(position))

    def _pairs(self, position: int) -> tuple[Pair, ...]:
        table = self._rows.findings_of(position)
        is_pair = np.isin(table.column("code").to_numpy(), PAIR_CODES) & np.asarray(table.column("ref_row").is_valid())
        table = table.filter(pa.array(is_pair))
        codes = dict.fromkeys(zip(table.column("ref_row").to_pylist(), table.column("code").to_pylist(), strict=True))
        seen: dict[int, str] = {}
        for row, code in codes:
            seen.setdefault(row, code)
        pairs = []
        for row, code in list(seen.items())[:PAIRS]:
            other = self._rows.position(row)
            if other is not None and other != position:
                left, right = self._texts.pair(position, other)
                pairs.append(Pair(row, self._context.title(code), self._label(other), left, right))
        return tuple(pairs)

    def _neighbours(self, position: int) -> tuple[Neighbour, ...]:
        rows = self._nearest_positions(position)[:NEIGHBOURS]
        lines = self._texts.lines(rows)
        return tuple(
            Neighbour(int(self._rows.ids[neighbour]), self._label(neighbour), pieces)
            for neighbour, pieces in zip(rows, lines, strict=True)
        )

    def _nearest_positions(self, position: int) -> Sequence[int]:
        neighbours = self._rows.value("label_neighbours", position)
        if isinstance(neighbours, list):
            positions = [self._rows.position(row) for row in neighbours if isinstance(row, int)]
            return [neighbour for neighbour in positions if neighbour is not None]
        is_label = any(code.startswith("LBL") for code in self._rows.codes_of(position))
        return self._nearest.of(position, NEIGHBOURS) if is_label and self._nearest is not None else []

    def _label(self, position: int) -> str:
        return " | ".join(self._rows.labels.of(position))
