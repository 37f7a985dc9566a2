"""Faults planted into samples, each recorded in a truth file. Rows with one fault get no other."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST_DAY, LAST_DAY = date(2023, 1, 2), date(2026, 6, 30)
Personal = Callable[[random.Random], list[tuple[str, str, str]]]


class Sample:
    """Rows under construction.

    Attributes:
        rows: dicts with id, text, label, date, split, channel.
        texts: n-gram sets of the rows so far, for `similar`.
        truth: fault kind to ids (and what is known of them).
    """

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.rows: list[dict[str, str]] = []
        self.texts: dict[str, list[set[str]]] = {}
        self.truth: dict[str, Any] = {}
        self.used: set[int] = set()

    def add(self, text: str, label: str, **other: str) -> dict[str, str]:
        """Append one row with a day in range and a part."""
        day = FIRST_DAY + timedelta(days=self.draw.randrange((LAST_DAY - FIRST_DAY).days))
        part = self.draw.choices(["train", "validation", "test"], [0.8, 0.1, 0.1])[0]
        row = {
            "id": f"q{len(self.rows):05d}", "text": text, "label": label, "date": day.isoformat(), "split": part,
            "channel": self.draw.choice(["app", "web", "phone"]), **other,
        }  # fmt: skip
        self.rows.append(row)
        return row

    def take(self, count: int, part: str | None = None, shortest: int = 0) -> list[dict[str, str]]:
        """Rows that have no fault yet, in drawn order; they are marked as used."""
        free = [
            i for i, row in enumerate(self.rows)
            if i not in self.used and (part is None or row["split"] == part) and len(row["text"].split()) >= shortest
        ]  # fmt: skip
        chosen = self.draw.sample(free, count)
        self.used.update(chosen)
        return [self.rows[i] for i in chosen]

    def new(self, text: str, like: dict[str, str], **other: str) -> str:
        """Append a planted row with the label and part of another; its id."""
        row = self.add(text, **{"label": like["label"], "split": like["split"], **other})
        self.used.add(len(self.rows) - 1)
        return row["id"]

    def plant_copies(self, exact: int, near: int, edit: Callable[[str, random.Random], str], words: int) -> None:
        """Copies within a part: exact up to case and white space, and lightly edited ones of longer texts."""
        forms: list[Callable[[str], str]] = [str, str.upper, lambda t: f"  {t} "]
        pairs = [(row["id"], self.new(forms[i % 3](row["text"]), row)) for i, row in enumerate(self.take(exact))]
        self.truth["exact_duplicates"] = [list(pair) for pair in pairs]
        pairs = [(row["id"], self.new(edit(row["text"], self.draw), row)) for row in self.take(near, shortest=words)]
        self.truth["near_duplicates"] = [list(pair) for pair in pairs]

    def plant_leaks(self, count: int) -> None:
        """Test rows that also stand in train."""
        pairs = [(row["id"], self.new(row["text"], row, split="train")) for row in self.take(count, "test")]
        self.truth["leaks"] = [list(pair) for pair in pairs]

    def plant_conflicts(self, count: int) -> None:
        """The same text once more with another label."""
        rows = self.take(count, "train")
        self.truth["conflicts"] = [[r["id"], self.new(r["text"], r, label=self.other_label(r["label"]))] for r in rows]

    def other_label(self, label: str) -> str:
        """Another label, drawn evenly."""
        return self.draw.choice(sorted({row["label"] for row in self.rows} - {label, ""}))

    def plant_label_errors(self, count: int) -> None:
        """Labels flipped to another class."""
        found = {}
        for row in self.take(count, "train"):
            found[row["id"]] = row["label"]
            row["label"] = self.other_label(row["label"])
        self.truth["label_errors"] = found

    def plant_personal(self, count: int, personal: Personal) -> None:
        """A sentence with fake personal data behind the text; entity and place are recorded."""
        found = {}
        for i, row in enumerate(self.take(count)):
            options = personal(self.draw)
            entity, sentence, value = options[i % len(options)]
            before, after = sentence.split("{}")
            glue = "" if "\u4e00" <= row["text"][-1:] <= "\u9fff" or row["text"][-1:] in "。？！" else " "
            start = len(row["text"] + glue + before)
            row["text"] = f"{row['text']}{glue}{before}{value}{after}"
            found[row["id"]] = [[entity, start, start + len(value)]]
        self.truth["personal_data"] = found

    def plant_secrets(self, count: int) -> None:
        """A made-up access key of a cloud provider's form."""
        found = {}
        for row in self.take(count):
            key = "AKIA" + "".join(self.draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
            start = len(row["text"]) + 6
            row["text"] = f"{row['text']} key: {key}"
            found[row["id"]] = [start, start + len(key)]
        self.truth["secrets"] = found

    def plant_empty(self, count: int) -> None:
        """Rows without text."""
        rows = self.take(count)
        for i, row in enumerate(rows):
            row["text"] = ["", "   ", "\u3000\u200b"][i % 3]
        self.truth["empty"] = [row["id"] for row in rows]

    def plant_dates(self, old: int, future: int, impossible: int, placeholder: int, missing: int) -> None:
        """Old, future, impossible, placeholder and missing dates (these rows may get another fault besides)."""
        rows = self.draw.sample(self.rows, old + future + impossible + placeholder + missing)
        kinds = {"old": old, "future": future, "impossible": impossible, "placeholder": placeholder, "missing": missing}
        dates = {
            "old": lambda: (date(2012, 1, 1) + timedelta(days=self.draw.randrange(1500))).isoformat(),
            "future": lambda: f"2093-0{self.draw.randint(1, 9)}-11",
            "impossible": lambda: self.draw.choice(["2025-02-30", "2024-13-01", "0102-07-04", "2025-00-10"]),
            "placeholder": lambda: "1970-01-01",
            "missing": lambda: "",
        }
        for kind, count in kinds.items():
            ids = []
            for _ in range(count):
                row = rows.pop()
                row["date"] = dates[kind]()
                ids.append(row["id"])
            self.truth[f"{kind}_dates"] = sorted(ids)


def grams(text: str, words: bool) -> set[str]:
    """Word or character 3-grams."""
    parts = re.findall(r"\w+", text.lower()) if words else re.findall(r"\w", text)
    return {" ".join(parts[i : i + 3]) for i in range(max(1, len(parts) - 2))}


def similar(text: str, seen: dict[str, list[set[str]]], words: bool, limit: float = 0.4) -> bool:
    """Whether a text like this was seen before; remembers it if not. Texts are compared through shared 3-grams."""
    own = grams(text, words)
    others = {id(g): g for gram in own for g in seen.get(gram, [])}.values()
    if any(len(own & g) >= limit * len(own | g) for g in others):
        return True
    for gram in own:
        seen.setdefault(gram, []).append(own)
    return False


def luhn_digit(digits: str) -> str:
    """Check digit of ISO/IEC 7812-1."""
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def card_number(draw: random.Random, prefix: str, length: int, gap: str) -> str:
    """A card number that passes Luhn, in groups of four."""
    body = prefix + "".join(draw.choices("0123456789", k=length - 1 - len(prefix)))
    digits = body + luhn_digit(body)
    return gap.join(digits[i : i + 4] for i in range(0, length, 4))


def iban(draw: random.Random, country: str, account: str) -> str:
    """An IBAN with right check digits (ISO 13616)."""
    number = int("".join(str(int(c, 36)) for c in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


def write_sample(sample: Sample, path: Path, truth: Path) -> None:
    """Write the rows in drawn order, and the truth."""
    order = sample.draw.sample(sample.rows, len(sample.rows))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(order[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(order)
    truth.write_text(json.dumps(sample.truth, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{path.name}: {len(order)} rows; " + ", ".join(f"{k} {len(v)}" for k, v in sample.truth.items()))
