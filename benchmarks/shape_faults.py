"""Faults of chats, pairs, preferences and annotators, planted in sound corpora: recall, and hits on sound rows.

    python benchmarks/shape_faults.py [--rows 2000] [--seeds 3] [--clean]

For each shape a sound corpus is made (English, with a tenth of Chinese in chats), scanned as it is, and scanned again
with each fault in 50 rows of it. Recall: planted rows found by the fault's code. False: findings of any code of the
three checks on rows of the sound corpus, and findings of another code than the planted one that the sound corpus did
not have. Faults of the corpus as a whole (one side gives the label away, length or format decides, a poor annotator)
are found or not, once a seed. With --clean, sound corpora (inference pairs whose premise repeats, questions with
several answers, aspects of sentences, preferences, chats) are planned and the rows that would be removed are counted.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.config.loading import load_settings
from auditor.pipeline.run import run

PLANTED = 50


def words(text: str) -> list[str]:
    return text.split()


NOUNS = words("""
river stone cloud garden window letter bridge winter copper lantern harbour kettle violin ticket meadow orchard
candle valley market teacher engine blanket mirror forest doctor pencil island sailor carpet basket farmer
library museum station hammer pillow rocket planet castle painter soldier kitten dragon summer autumn morning
evening midnight bakery factory airport hospital theatre village capital village tunnel tower statue fountain
pavement cottage cellar
""")
ADJECTIVES = words("""
old quiet narrow bright heavy gentle broken distant hollow golden silent rapid shallow steep frozen crowded
lonely famous hidden crooked polished ancient modern wooden clumsy cheerful nervous curious stubborn graceful
""")
VERBS = words("""
carries follows watches repairs visits paints remembers crosses borrows measures guards admires collects leaves
discovers describes ignores protects lifts examines
""")
PLACES = words("""
beside behind above below near inside outside opposite beyond under
""")
HAN = "山水花鸟风云春秋江河湖海松竹梅兰石桥楼台灯书画琴棋酒茶月星雨雪田园村城门窗路车船马牛羊鱼虫木金火土日天地人"

Row = dict[str, object]


@dataclass(frozen=True)
class Fault:
    """A fault: its code, the shape it is planted in, and how it changes a row; None: it is one of the whole corpus."""

    code: str
    shape: str
    plant: Callable[[Row, random.Random], Row | list[Row]]
    share: float | None = None


def phrase(draw: random.Random) -> str:
    return f"{draw.choice(ADJECTIVES)} {draw.choice(NOUNS)}"


def sentence(draw: random.Random, more: int = 0) -> str:
    """A sentence of 8 words, and 4 for each of `more`."""
    first = draw.choice(["The", "A", "This", "Every", "One", "That", "Some"])
    words = f"{first} {phrase(draw)} {draw.choice(VERBS)} the {phrase(draw)}"
    for _ in range(more + 1):
        words += f" {draw.choice(PLACES)} {draw.choice(['a', 'the', 'my', 'your'])} {phrase(draw)}"
    return words + "."


def question(draw: random.Random) -> str:
    ask = draw.choice(["Why does", "Where does", "How often does", "When does", "Do you know whether", "Tell me why"])
    act = f"{draw.choice(VERBS)} {draw.choice(['a', 'the'])} {phrase(draw)}"
    return f"{ask} the {phrase(draw)} {act} {draw.choice(PLACES)} the {phrase(draw)}?"


def answer(draw: random.Random) -> str:
    return " ".join(sentence(draw, draw.randrange(3)) for _ in range(draw.randint(1, 4)))


def han(draw: random.Random, end: str) -> str:
    return "".join(draw.choices(HAN, k=draw.randint(24, 40))) + end


def chat(draw: random.Random, number: int) -> Row:
    turns = [{"role": "system", "content": f"Answer as a {phrase(draw)} would."}]
    for _ in range(draw.randint(1, 3)):
        if number % 10 == 9:
            turns += [{"role": "user", "content": han(draw, "？")}, {"role": "assistant", "content": han(draw, "。")}]
        else:
            turns += [{"role": "user", "content": question(draw)}, {"role": "assistant", "content": answer(draw)}]
    return {"messages": turns}


def instruction(draw: random.Random, number: int) -> Row:
    return {"instruction": question(draw), "output": answer(draw)}


def pairs(draw: random.Random, number: int) -> Row:
    premise = sentence(random.Random(f"premise {number // 3}"), 3)
    return {
        "premise": premise,
        "hypothesis": sentence(draw),
        "label": draw.choice(["entailment", "neutral", "contradiction"]),
    }


def answers(draw: random.Random, number: int) -> Row:
    asked = question(random.Random(f"question {number // 5}"))
    return {"question": asked, "answer": sentence(draw, 2), "label": draw.choice(["0", "1"])}


def aspects(draw: random.Random, number: int) -> Row:
    nouns = random.Random(f"aspect {number // 2}").sample(NOUNS, 2)
    own = random.Random(f"aspect {number // 2}")
    said = [f"the {noun} was {own.choice(ADJECTIVES)}" for noun in nouns]
    text = f"Today {said[0]} but {said[1]}, {sentence(own).lower()}"
    return {"text": text, "aspect": nouns[number % 2], "label": draw.choice(["good", "bad", "neutral"])}


def preference(draw: random.Random, number: int) -> Row:
    return {"prompt": question(draw), "chosen": answer(draw), "rejected": answer(draw)}


CLASSES = ("news", "sport", "food")
PEOPLE = ("annotator_1", "annotator_2", "annotator_3", "annotator_4", "annotator_5")


def annotated(draw: random.Random, number: int) -> Row:
    truth = draw.choice(CLASSES)
    text = f"{sentence(draw, 1)} {' '.join(f'{truth}{draw.randrange(20)}' for _ in range(4))}"
    slip = draw.choice(PEOPLE) if draw.random() < 0.15 else None
    other = draw.choice([name for name in CLASSES if name != truth])
    return {"text": text, **{name: other if name == slip else truth for name in PEOPLE}}


def annotated_rows(draw: random.Random, number: int) -> Row:
    """One row an annotator, three a text."""
    whole = annotated(random.Random(f"item {number // 3}"), number // 3)
    name = PEOPLE[number % 3]
    return {"text": whole["text"], "annotator": name, "label": whole[name]}


SOUND: Mapping[str, Callable[[random.Random, int], Row]] = {
    "chat": chat, "instruction": instruction, "pair": pairs, "question-answer": answers, "aspect": aspects,
    "preference": preference, "annotators": annotated, "annotator-rows": annotated_rows,
}  # fmt: skip


def turned(change: Callable[[list[dict[str, str]], random.Random], object]) -> Callable[[Row, random.Random], Row]:
    """A change of a copy of the messages."""

    def plant(row: Row, draw: random.Random) -> Row:
        turns = [dict(turn) for turn in row["messages"]]  # type: ignore[attr-defined]
        changed = change(turns, draw)
        return {"messages": changed if isinstance(changed, list) else turns}

    return plant


def said(change: Callable[[str, random.Random], str]) -> Callable[[Row, random.Random], Row]:
    """A change of the last answer of a chat."""

    def plant(turns: list[dict[str, str]], draw: random.Random) -> None:
        turns[-1]["content"] = change(turns[-1]["content"], draw)

    return turned(plant)


def cut(text: str, draw: random.Random) -> str:
    if " " not in text:
        return text[: max(16, len(text) // 2)] + "在"
    words = (text if len(text.split()) > 20 else f"{text} {text}").split()
    stop = draw.randint(12, len(words) - 2)
    return " ".join(words[:stop]).rstrip(".") + " the"


def out_of_turn(turns: list[dict[str, str]], draw: random.Random) -> None:
    way, first = draw.randrange(4), 1 if turns[0]["role"] == "system" else 0
    if way == 0:
        turns.insert(first, {"role": "user", "content": question(draw)})
    elif way == 1:
        turns.append({"role": "assistant", "content": answer(draw)})
    elif way == 2:
        turns.append({"role": "user", "content": question(draw)})
    else:
        turns.insert(first, {"role": "assistant", "content": answer(draw)})


MARKS = [
    "<|im_end|>",
    "<|endoftext|>",
    "[/INST]",
    "</s>",
    "<|eot_id|>",
    "\n### Response:",
    "\nHuman: and then?",
    "<end_of_turn>",
]
REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I cannot assist with that request.",
    "I'm unable to provide that.",
    "Sorry, I am not able to answer this.",
    "抱歉，我无法回答这个问题。",
    "对不起，我不能提供这类内容。",
]
RESIDUE = [
    "As an AI language model, I have no feelings.",
    "As an AI, I do not travel.",
    "My knowledge cutoff is September 2021.",
    "I was developed by OpenAI.",
    "作为一个人工智能语言模型，我没有感受。",
    "我是由OpenAI训练的。",
]


def twin(row: Row, draw: random.Random) -> list[Row]:
    return [row, {**row, "premise": row["hypothesis"], "hypothesis": row["premise"]}]


def contradicted(row: Row, draw: random.Random) -> list[Row]:
    first, second = draw.choice(
        [
            ("Yes.", "No."),
            ("It was built in 1904.", "It was built in 1911."),
            ("You may go there today.", "You may not go there today."),
            ("Seven.", "Nine."),
        ]
    )
    return [{**row, "output": first}, {**row, "output": second}]


def circle(row: Row, draw: random.Random) -> list[Row]:
    third = answer(draw)
    one, two = row["chosen"], row["rejected"]
    if draw.random() < 0.5:
        return [row, {**row, "chosen": two, "rejected": one}]
    return [row, {**row, "chosen": two, "rejected": third}, {**row, "chosen": third, "rejected": one}]


def torn(row: Row, draw: random.Random) -> Row:
    labels = ["news", "news", "sport", "sport", None]
    draw.shuffle(labels)
    return {**row, **dict(zip(PEOPLE, labels, strict=True))}


def told(row: Row, draw: random.Random) -> Row:
    word = {"entailment": "certainly", "neutral": "perhaps", "contradiction": "nobody"}[str(row["label"])]
    return {**row, "hypothesis": f"{word} {row['hypothesis']}"}


SYSTEM = {"role": "system", "content": "Be brief."}
OPENING = "Of course! I would be glad to tell you about"


def maybe(draw: random.Random) -> str:
    return draw.choice(["", sentence(draw)])


def chosen(more: Callable[[random.Random], str]) -> Callable[[Row, random.Random], Row]:
    """A change of the chosen answer: something at its end."""
    return lambda row, draw: {**row, "chosen": f"{row['chosen']}{more(draw)}"}


FAULTS = [
    Fault("CHT001", "chat", turned(out_of_turn)),
    Fault("CHT002", "chat", turned(lambda turns, draw: [turn for turn in turns if turn["role"] != "assistant"])),
    Fault("CHT003", "chat", said(lambda text, draw: draw.choice(["", " ", "\n", "\u200b"]))),
    Fault("CHT003", "instruction", lambda row, draw: {**row, "output": draw.choice(["", None, "  "])}),
    Fault("CHT004", "chat", said(cut)),
    Fault("CHT004", "instruction", lambda row, draw: {**row, "output": cut(str(row["output"]), draw)}),
    Fault("CHT005", "chat", turned(lambda turns, draw: [turn for turn in turns if turn["role"] != "system"])),
    Fault("CHT006", "chat", turned(lambda turns, draw: [*turns[:-1], SYSTEM, turns[-1]])),
    Fault("CHT007", "chat", said(lambda text, draw: text + draw.choice(MARKS))),
    Fault("CHT008", "chat", said(lambda text, draw: " ".join(sentence(draw, 2) for _ in range(300)))),
    Fault("CHT009", "chat", said(lambda text, draw: draw.choice(REFUSALS))),
    Fault("CHT010", "chat", said(lambda text, draw: f"{draw.choice(RESIDUE)} {text}")),
    Fault("CHT011", "instruction", lambda row, draw: {**row, "output": f"{row['instruction']} {maybe(draw)}"}),
    Fault("CHT012", "instruction", lambda row, draw: [row, {**row, "output": answer(draw)}]),
    Fault("CHT013", "instruction", contradicted),
    Fault("CHT014", "instruction", lambda row, draw: {**row, "output": f"{OPENING} {row['output']}"}, 0.05),
    Fault("PRS001", "pair", lambda row, draw: {**row, "hypothesis": str(row["premise"]).upper()}),
    Fault("PRS002", "pair", twin),
    Fault("PRS003", "pair", told, 0.6),
    Fault("PRS004", "preference", lambda row, draw: {**row, "rejected": str(row["chosen"]).lower()}),
    Fault("PRS005", "preference", chosen(lambda draw: f" {answer(draw)} {answer(draw)}"), 0.7),
    Fault("PRS006", "preference", chosen(lambda draw: f"\n- {phrase(draw)}\n- {phrase(draw)}"), 0.5),
    Fault("PRS007", "preference", circle),
    Fault("AGR001", "annotators", torn),
    Fault("AGR002", "annotators", lambda row, draw: {**row, "annotator_4": draw.choice(CLASSES)}, 1.0),
]  # fmt: skip
WHOLE = ("PRS003", "PRS005", "PRS006", "AGR002")
"""Codes of the corpus as a whole."""


def sound(shape: str, rows: int, seed: int) -> list[Row]:
    draw = random.Random(f"{shape} {seed}")
    return [SOUND[shape](draw, number) for number in range(rows)]


def found(rows: list[Row], folder: Path, stages: tuple[str, ...] = ("scan",)) -> list[Mapping[str, object]]:
    """Findings of the three checks; of a plan, the rows that it drops."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), folder / "in.parquet")
    select = ("CHT", "PRS", "AGR") if stages == ("scan",) else ()
    options = {
        "pii.ner": "off",
        "effects": False,
        "select": select,
        "workers": 1,
        "ignore": () if select else ("LBL", "BIA", "DIV", "STL"),
    }
    out = folder / f"out{len(list(folder.iterdir()))}"
    run(
        [str(folder / "in.parquet")],
        load_settings(None, (), options, {}),
        out=out,
        command="benchmark",
        stages=stages,
        progress=lambda *_: None,
    )
    name = "findings.parquet" if stages == ("scan",) else "plan.parquet"
    return list(pq.read_table(out / name).to_pylist())


def planted(fault: Fault, rows: list[Row], seed: int) -> tuple[list[Row], set[int]]:
    """The corpus with the fault, and the positions of the rows that have it."""
    draw = random.Random(f"{fault.code} {seed}")
    count = PLANTED if fault.share is None else round(fault.share * len(rows))
    chosen_rows = set(draw.sample(range(len(rows)), count))
    result: list[Row] = []
    places: set[int] = set()
    for place, row in enumerate(rows):
        if place not in chosen_rows:
            result.append(row)
            continue
        new = fault.plant(row, draw)
        several = new if isinstance(new, list) else [new]
        first = len(result) + (1 if fault.code == "PRS002" else 0)
        result += several
        places |= set(range(first, len(result)))
    return result, places


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--clean", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for shape in SOUND:
            for seed in range(args.seeds):
                hits = Counter(str(one["code"]) for one in found(sound(shape, args.rows, seed), Path(name)))
                hits_shown = ", ".join(f"{code} {count}" for code, count in sorted(hits.items())) or "none"
                print(f"sound {shape:16} seed {seed}  hits on {args.rows:,} rows: {hits_shown}", flush=True)
                if args.clean:
                    rows = found(sound(shape, args.rows, seed), Path(name), ("scan", "plan"))
                    dropped = Counter(str(one["code"]) for one in rows if one["action"] == "drop")
                    print(
                        f"      {shape:16} seed {seed}  rows removed: {dropped.total()} {dict(dropped) or ''}",
                        flush=True,
                    )
        for fault in FAULTS:
            total, recalled, false = 0, 0, Counter[str]()
            for seed in range(args.seeds):
                rows, places = planted(fault, sound(fault.shape, args.rows, seed), seed)
                findings = found(rows, Path(name))
                own = {one["row_id"] for one in findings if one["code"] == fault.code}
                if fault.code in WHOLE:
                    total, recalled = total + 1, recalled + (None in own)
                else:
                    total, recalled = total + len(places), recalled + len(places & own)
                false.update(
                    str(one["code"]) for one in findings if one["row_id"] is not None and one["row_id"] not in places
                )
            others = f"on other rows: {dict(false) or 'none'}"
            print(f"{fault.code} {fault.shape:12} recall {recalled / total:.3f} of {total:4}  {others}", flush=True)


if __name__ == "__main__":
    main()
