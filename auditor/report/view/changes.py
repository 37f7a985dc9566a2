"""The section about plan and prepared data set: changes of rows, and the accounts."""

from __future__ import annotations

from auditor.core.actions import ACTIONS
from auditor.core.run_summary import Prepared, RunSummary
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.view import model
from auditor.report.view.charts import Chart, Segment, Table

PARTS = ("train", "validation", "test")


def changes_view(run: RunSummary, messages: Messages) -> model.Changes | None:
    """The plan and the accounts; None if nothing was planned or prepared."""
    if not run.plan and run.prepared is None:
        return None
    prepared = run.prepared
    return model.Changes(
        plan=tuple(
            model.PlanRow(
                rule=visible(line.rule),
                title=messages.either(f"policy.{line.rule}", ""),
                action=line.action if line.action in ACTIONS else "",
                action_word=messages.either(f"action.word.{line.action}", visible(line.action)),
                rows=messages.rows(line.rows),
                codes=", ".join(map(visible, line.codes)),
            )
            for line in run.plan
        ),
        account=_account(prepared, messages) if prepared else None,
        classes=_class_tables(prepared, messages) if prepared else (),
        files=tuple(model.Fact(visible(f.name), messages.rows(f.rows), True) for f in prepared.files)
        if prepared
        else (),
    )


def outcome(prepared: Prepared, messages: Messages) -> str:
    """One sentence about the data set for the first screen."""
    return messages.text(
        "prepared.outcome",
        kept=f"{prepared.accounts.rows_kept:,}",
        rows_in=f"{prepared.accounts.rows_in:,}",
        rows_out=f"{prepared.accounts.rows_out:,}",
    )


def _account(prepared: Prepared, messages: Messages) -> model.Account:
    parts_in = (
        ("kept", prepared.accounts.rows_kept),
        ("removed", prepared.accounts.rows_removed),
        ("rejected", prepared.accounts.rows_rejected),
    )
    parts_out = (("kept", prepared.accounts.rows_kept), ("added", prepared.accounts.rows_added))
    accounts = prepared.accounts
    counts = {
        "changed": accounts.rows_changed,
        "masked": accounts.rows_masked,
        "augmented": accounts.augmented,
        "oversampled": accounts.oversampled,
    }
    return model.Account(
        rows_in=messages.rows(accounts.rows_in),
        rows_in_sum=_sum(messages, "rows_in", accounts.rows_in, parts_in),
        rows_out=messages.rows(accounts.rows_out),
        rows_out_sum=_sum(messages, "rows_out", accounts.rows_out, parts_out),
        flow_in=_stack(messages, "account.rows_in", parts_in, accounts.rows_in),
        flow_out=_stack(messages, "account.rows_out", parts_out, max(accounts.rows_in, accounts.rows_out)),
        facts=tuple(
            model.Fact(messages.text(f"account.{key}"), messages.rows(count)) for key, count in counts.items() if count
        ),
    )


def _sum(messages: Messages, key: str, total: int, parts: tuple[tuple[str, int], ...]) -> str:
    """``rows in 100 = kept 90 + removed 8 + rejected 2``."""
    terms = " + ".join(f"{messages.text(f'account.{name}')} {count:,}" for name, count in parts)
    return f"{messages.text(f'account.{key}')} {total:,} = {terms}"


def _stack(messages: Messages, title_key: str, parts: tuple[tuple[str, int], ...], total: int) -> Chart:
    title, segments, start = messages.text(title_key), [], 0.0
    for name, count in parts:
        size = 100 * count / total if total else 0.0
        label = messages.text(f"account.{name}")
        segments.append(Segment(label, f"{count:,}", round(start, 3), round(size, 3), name))
        start += size
    rows = tuple((segment.label, segment.text) for segment in segments)
    summary = f"{title}: " + ", ".join(f"{label} {count}" for label, count in rows)
    return Chart("stack", title, summary, Table((title, messages.text("chart.value")), rows), segments=tuple(segments))


def _change(rows: int) -> str:
    """``+3``, ``−3`` or ``0``."""
    return f"{rows:+,}".replace("-", "−") if rows else "0"


def _class_tables(prepared: Prepared, messages: Messages) -> tuple[model.ClassTable, ...]:
    """Class counts by part, in the order train, validation, test, others."""
    parts = sorted({c.part for c in prepared.classes}, key=lambda part: (*[part != known for known in PARTS], part))
    return tuple(
        model.ClassTable(
            part=messages.either(f"part.{part}", visible(part)),
            rows=tuple(
                model.ClassRow(visible(c.label), f"{c.before:,}", f"{c.after:,}", _change(c.after - c.before))
                for c in prepared.classes
                if c.part == part
            ),
        )
        for part in parts
    )
