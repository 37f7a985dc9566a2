"""Build ``banking_en.csv`` and its truth from banking77 (real customer questions, CC BY 4.0; see README.md here).

    python sample_data/build_english.py path/to/banking77.parquet

Takes 24 of the 77 classes, drops natural near-duplicates so that the truth is complete, and plants faults.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pyarrow.parquet as pq
from plant import Sample, card_number, iban, similar, write_sample

HERE = Path(__file__).parent
ROWS = 2_700
RARE = ("apple_pay_or_google_pay", "exchange_charge", "lost_or_stolen_phone")
FIRST = [
    "Alice",
    "Brian",
    "Carla",
    "David",
    "Emma",
    "Frank",
    "Grace",
    "Henry",
    "Irene",
    "Jacob",
    "Karen",
    "Louis",
    "Maria",
    "Nathan",
    "Olivia",
    "Peter",
]
LAST = [
    "Anderson",
    "Bennett",
    "Carter",
    "Dawson",
    "Ellison",
    "Fletcher",
    "Graham",
    "Harrison",
    "Jenkins",
    "Lawson",
    "Mitchell",
    "Porter",
    "Quinn",
    "Sanders",
]


def person(draw: random.Random) -> str:
    """An invented full name."""
    return f"{draw.choice(FIRST)} {draw.choice(LAST)}"


def personal(draw: random.Random) -> list[tuple[str, str, str]]:
    """(entity, sentence with one place for the value, value); values are fake and pass their checks."""
    name = person(draw)
    mail = f"{name.lower().replace(' ', '.')}{draw.randint(1, 99)}@example.{draw.choice(['com', 'org', 'net'])}"
    phone = f"+1 {draw.choice(['212', '415', '312', '617'])}-555-01{draw.randint(10, 99)}"
    return [
        ("EMAIL_ADDRESS", "You can reach me at {}.", mail),
        ("PHONE_NUMBER", "Please call me on {} about it.", phone),
        ("CREDIT_CARD", "The card number is {}.", card_number(draw, "4539", 16, " ")),
        ("IBAN_CODE", "My IBAN is {}.", iban(draw, "GB", "NWBK" + "".join(draw.choices("0123456789", k=14)))),
        ("US_SSN", "My social security number is {}.", f"{draw.randint(301, 599)}-{draw.randint(11, 99)}-{draw.randint(1001, 9999)}"),
        ("IP_ADDRESS", "I logged in from {} yesterday.", f"{draw.choice([81, 92, 145])}.{draw.randint(1, 254)}.{draw.randint(1, 254)}.{draw.randint(1, 254)}"),
        ("PERSON", "My name is {} and I need an answer today.", name),
    ]  # fmt: skip


def edited(text: str, draw: random.Random) -> str:
    """A near copy: one word near the end replaced or dropped, or a greeting put before it."""
    words = text.split()
    kind = draw.randrange(3)
    if kind == 0:
        return f"{draw.choice(['Hi,', 'Hello,', 'Hey'])} {text}"
    if kind == 1:
        return " ".join(words[:-1])
    return " ".join([*words[:-1], draw.choice(["please", "now", "soon", "again"])])


def main() -> None:
    """Build and write."""
    table = pq.read_table(sys.argv[1]).to_pylist()
    draw = random.Random(77)
    classes = sorted({row["label"] for row in table})[::3][:24]
    classes = sorted({*classes[: 24 - len(RARE)], *RARE})
    pool = [row for row in table if row["label"] in classes and len(row["text"]) >= 25]
    draw.shuffle(pool)
    rare_left = dict.fromkeys(RARE, 12)
    sample = Sample(draw)
    for row in pool:
        text, label = " ".join(row["text"].split()), row["label"]
        if label in rare_left:
            if rare_left[label] == 0:
                continue
            rare_left[label] -= 1
        if len(sample.rows) < ROWS and not similar(text, sample.texts, words=True):
            sample.add(text, label)
    sample.plant_dates(old=240, future=6, impossible=12, placeholder=6, missing=20)
    sample.plant_copies(exact=90, near=80, edit=edited, words=12)
    sample.plant_leaks(40)
    sample.plant_conflicts(10)
    sample.plant_label_errors(150)
    sample.plant_personal(210, personal)
    sample.plant_secrets(5)
    sample.plant_empty(6)
    sample.truth["rare_classes"] = sorted(RARE)
    write_sample(sample, HERE / "banking_en.csv", HERE / "banking_en.truth.json")


if __name__ == "__main__":
    main()
