"""Labelled sentences from WordNet's glosses: what stands in them with a capital letter, WordNet itself knows.

A name is labelled by the kinds of its senses: an instance of a place, a person or an organisation, or a people. A
gloss with a capital letter that no entry explains, or that entries explain in two ways, is left out. Capitals of other
entries (species, works, eras) are no names, and teach that.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

INSTANCES = {"15": "LOCATION", "17": "LOCATION", "18": "PERSON", "14": "ORG"}
"""Kinds by WordNet's file numbers (man 5 lexnames; 17: seas, rivers, mountains), for entries that are instances."""
PEOPLE, PERTAINING = "18", "01"
CAPITAL = re.compile(r"\b[A-Z][\w'’.-]*")
LONGEST = 5
"""Words of the longest name looked up."""


def entries(folder: Path) -> Iterator[tuple[list[str], str, bool, str]]:
    """(words, file number, whether it is an instance, gloss) of nouns and of adjectives that pertain to one."""
    for part in ("noun", "adj"):
        for line in (folder / f"data.{part}").read_text("ascii").splitlines():
            if line.startswith(" "):
                continue
            head, _, gloss = line.partition(" | ")
            fields = head.split(" ")
            count = int(fields[3], 16)
            words = [re.sub(r"\(.*\)$", "", fields[4 + 2 * i]).replace("_", " ") for i in range(count)]
            if part == "noun" or fields[1] == PERTAINING:
                yield words, fields[1], "@i" in fields[4 + 2 * count :], gloss.strip()


def kinds(folder: Path) -> dict[str, str | None]:
    """Label by name; None: no name; names of two kinds are left out."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for words, number, instance, _ in entries(folder):
        for word in words:
            if not word[:1].isupper():
                continue
            if instance and number in INSTANCES:
                found[word].add(INSTANCES[number])
            else:
                people = number in (PEOPLE, PERTAINING) and not re.search(r"\b[a-z]", word)
                found[word].add("NRP" if people else None)
    for labels in found.values():
        if len(labels) > 1:
            labels.discard(None)
    return {word: next(iter(labels)) for word, labels in found.items() if len(labels) == 1}


def labelled(text: str, known: dict[str, str | None]) -> list[tuple[int, int, str]] | None:
    """Spans of the names in a gloss; None where a capital letter is not explained."""
    spans: list[tuple[int, int, str]] = []
    end = 0
    for match in CAPITAL.finditer(text):
        if match.start() < end:
            continue
        words = list(re.finditer(r"[\w'’.-]*\w", text[match.start() :]))[:LONGEST]
        for last in reversed(words):
            name = text[match.start() : match.start() + last.end()]
            if name in known:
                break
        else:
            return None
        end = match.start() + len(name)
        label = known[name]
        if label is not None:
            spans.append((match.start(), end, label))
    return spans


def sentences(folder: Path, draw: random.Random, count: int) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """`count` glosses with names and half as many without, each once at most; those of instances as a sentence."""
    known = kinds(folder)
    named, plain = [], []
    for words, number, instance, gloss in entries(folder):
        text = gloss.split('; "')[0]
        name = draw.choice(words)
        if instance and number in INSTANCES and name in known:
            middle = draw.choice((" is ", ", ", " - ", " was ", ": "))
            text = f"{name}{middle}{text}"
        elif not CAPITAL.search(gloss):
            text = f"{name}: {gloss}" if draw.random() < 0.5 else gloss  # rare words that name nobody
        spans = labelled(text, known)
        if spans is not None:
            (named if spans else plain).append((text, spans))
    draw.shuffle(named)
    draw.shuffle(plain)
    return [*named[:count], *plain[: count // 2]]


def common_nouns(folder: Path) -> list[str]:
    """Single lower-case nouns."""
    return sorted({word for words, *_ in entries(folder) for word in words if word.isalpha() and word.islower()})
