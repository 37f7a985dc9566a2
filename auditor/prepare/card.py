"""The data set card: a Hugging Face ``README.md``, generated from the audit and the accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from auditor.config.settings import Settings
from auditor.core.accounts import Accounts
from auditor.core.audit import Audit
from auditor.prepare.plan import Plan

_SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"), (1e7, "1M<n<10M"))
_CLASSES = 100
ADDED_COLUMN_TEXTS = {
    "row_id": "place of the row in the input; empty for rows that were made",
    "parent_row_id": "the row an added row was made from",
    "recipe": "how an added row was made",
    "sample_weight": "weight of the row in training: that of the plan (plan.parquet), times its class weight where"
    " classes are balanced by weights; 1 outside the train part",
}


@dataclass(frozen=True)
class CardFacts:
    """Contents of the data set card and of the Croissant file.

    Attributes:
        audit: audit of the input.
        plan: the plan that was carried out.
        accounts: counts of rows, see `Prepared.accounts`.
        columns: names and Arrow types of the columns of the data set.
        left_out: columns of the input that the data set lacks.
        roles: column of each role, by its name in the data set.
        files: file name and sha256 of each part.
    """

    audit: Audit
    plan: Plan
    accounts: Accounts
    columns: Mapping[str, str]
    left_out: Sequence[str]
    roles: Mapping[str, str]
    files: Mapping[str, tuple[str, str]]


def render_card(facts: CardFacts) -> str:
    """``README.md`` with a YAML header that ``datasets.load_dataset`` reads."""
    head = yaml.safe_dump(_head(facts), allow_unicode=True, sort_keys=False)
    body = [
        f"# {_plain(facts.audit.corpus.name)}",
        "",
        "Prepared by auditor. Every row of the input is kept, removed or rejected, and every added row names its",
        "parent; `ledger.parquet`, `removed.parquet` and `changes.parquet` beside this folder say which rule did what.",
        "",
        *_rows(facts),
        *_columns(facts),
        *_classes(facts),
        *_quality(facts),
        *_limits(facts),
    ]
    return f"---\n{head}---\n\n" + "\n".join(body) + "\n"


def _head(facts: CardFacts) -> dict[str, object]:
    corpus, rows = facts.audit.corpus, facts.accounts.rows_out
    head: dict[str, object] = {"pretty_name": corpus.name}
    if corpus.published_languages:
        head["language"] = list(corpus.published_languages)
    head |= {
        "license": "unknown",
        "size_categories": [next((name for top, name in _SIZES if rows < top), "n>10M")],
        "task_categories": ["text-classification"] if "label" in corpus.roles else ["text-generation"],
        "tags": ["auditor"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": part, "path": name} for part, (name, _) in facts.files.items()],
            }
        ],
    }
    return head


def _rows(facts: CardFacts) -> list[str]:
    a = facts.accounts
    lines = [
        "## Rows",
        "",
        f"- in {a.rows_in:,} = kept {a.rows_kept:,} + removed {a.rows_removed:,} + rejected {a.rows_rejected:,}",
        f"- out {a.rows_out:,} = kept {a.rows_kept:,} + added {a.rows_added:,}",
        f"- changed {a.rows_changed:,} (masked {a.rows_masked:,}, new label {a.rows_relabelled:,});"
        f" waiting for review {a.rows_to_review:,}",
        "",
        *_table(("part", "rows"), [(part, f"{rows:,}") for part, rows in a.parts.items()]),
        *_table(("rule", "action", "rows"), [(rule, action, f"{n:,}") for rule, action, n in facts.plan.counts()]),
    ]
    steps = [(step, f"{rows:,}") for step, rows in a.rows_by_step.items()]
    recipes = [(recipe, f"{rows:,}") for recipe, rows in a.added_by_recipe.items()]
    return [*lines, *_table(("text step", "rows changed"), steps), *_table(("recipe", "rows added"), recipes)]


def _columns(facts: CardFacts) -> list[str]:
    roles = {column: role for role, column in facts.roles.items()}
    roles |= dict.fromkeys(facts.audit.corpus.text_columns, "text") | dict.fromkeys(
        facts.audit.corpus.label_columns, "label"
    )
    rows = [(name, kind, ADDED_COLUMN_TEXTS.get(name) or roles.get(name, "")) for name, kind in facts.columns.items()]
    lines = ["## Columns", "", *_table(("column", "type", "what"), rows)]
    if facts.left_out:
        names = ", ".join(f"`{_plain(name)}`" for name in facts.left_out)
        lines += [f"Left out, because Parquet cannot hold their types: {names}. `row_id` joins them back.", ""]
    return lines


def _classes(facts: CardFacts) -> list[str]:
    after, before = facts.accounts.classes_train_out, facts.accounts.classes_in
    if not before:
        return []
    shown = list(before)[:_CLASSES]
    rows = [(name, f"{before[name]:,}", f"{after.get(name, 0):,}") for name in shown]
    more = [f"And {len(before) - len(shown):,} more classes.", ""] if len(before) > len(shown) else []
    return ["## Classes", "", *_table(("class", "rows of the input", "train rows"), rows), *more]


def _quality(facts: CardFacts) -> list[str]:
    grades = [
        (name, grade.letter or "-", grade.metric or grade.because.key.partition(".")[2].replace("_", " "))
        for name, grade in facts.audit.grades.items()
    ]
    return [
        "## Quality of the input",
        "",
        "Grades are of the data as it came, before any of the above was done.",
        "",
        *_table(("dimension", "grade", "because of"), grades),
    ]


def _limits(facts: CardFacts) -> list[str]:
    proof = facts.accounts.split_proof
    unjudged = [name for name, grade in facts.audit.grades.items() if grade.letter is None and name != "overall"]
    lines = [
        "## What to know",
        "",
        f"- Duplicate groups in two parts: {proof['groups_in_two_parts']}; equal texts in two parts:"
        f" {proof['texts_in_two_parts']}.",
        f"- Personal data masked: {', '.join(facts.plan.masked_codes) or 'none'}. Detection misses some, names most.",
        f"- Text steps: {', '.join(facts.plan.steps) or 'none'}.",
        *_recency_weights(facts),
        *(f"- Classes without rows in {part}: {n:,}." for part, n in facts.accounts.classes_not_in_part.items() if n),
        "- The licence of the source is not known to the tool; fill it in before you publish.",
        f"- Digest of the input: `{facts.audit.corpus.digest}`.",
    ]
    if unjudged:
        lines.append(f"- Not judged: {', '.join(unjudged)}.")
    return lines


def _recency_weights(facts: CardFacts) -> list[str]:
    settings = Settings.model_validate(facts.audit.config)
    half_life, as_of = settings.prepare.half_life, settings.staleness.as_of
    if half_life is None:
        return []
    return [
        f"- Train rows are weighted by 0.5 ** (age / {half_life:g} days), ages as of {as_of}; rows without a sound date"
        " by the mean of the others."
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [head, ["---"] * len(head), *[[_plain(cell) for cell in row] for row in rows]]
    return [*("| " + " | ".join(line) + " |" for line in lines), ""]


def _plain(text: str) -> str:
    """Escape Markdown and HTML in a value of the data; control characters become spaces, the length is limited."""
    text = "".join(c if c.isprintable() else " " for c in str(text))[:200]
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|#!" else c for c in text)
