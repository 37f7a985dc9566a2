"""Infer the shape of rows from their columns: chat, preference, instruction, question and answer, pair, words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from auditor.corpus.column_facts import ColumnFacts
from auditor.corpus.readers.beside import is_language
from auditor.corpus.role_names import is_named_text, words_of
from auditor.corpus.shape import ONE_TEXT, Shape, ShapeKind

Facts = Mapping[str, ColumnFacts]


_CHOSEN = (
    "chosen", "preferred", "response_chosen", "chosen_response", "preferred_output", "winner", "accepted", "better",
)  # fmt: skip
_REJECTED = (
    "rejected", "dispreferred", "response_rejected", "rejected_response", "non_preferred_output", "loser", "worse",
)  # fmt: skip
_PROMPT = ("prompt", "instruction", "question", "query", "input", "problem", "指令", "问题", "提示")
_CHATS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns", "utterances", "对话")
_INPUT = ("input", "inputs", "context", "输入", "上下文")
_ANSWER = (
    "completion", "completions", "output", "response", "answer", "answers", "solution", "reply", "target",
    "回答", "答案", "输出", "回复",
)  # fmt: skip
_QUESTION = ("question", "query", "questions", "问题", "frage", "pregunta", "pergunta", "вопрос", "ask", "提问")
_QUESTION_ANSWER = (
    "answer",
    "answers",
    "long_answer",
    "best_answer",
    "answer_text",
    "sentence",
    "reply",
    "response",
    "回答",
    "答案",
    "antwort",
    "respuesta",
    "resposta",
)
_ASPECT = ("aspect", "aspect_term", "aspectterm", "aspect_category", "term", "entity", "target", "方面", "属性")
_PAIRS = (
    ("premise", "hypothesis"), ("anchor", "positive"), ("query", "document"), ("query", "passage"), ("query", "pos"),
    ("question", "context"), ("question", "passage"), ("question", "paragraph"), ("question", "document"),
    ("question", "article"), ("question", "story"),
    ("source", "target"), ("claim", "evidence"), ("headline", "body"), ("sentence", "paraphrase"), ("text", "pair"),
    ("前提", "假设"), ("句子1", "句子2"),
)  # fmt: skip
_ENDS = (("1", "2"), ("a", "b"), ("one", "two"), ("left", "right"), ("first", "second"), ("0", "1"))

_THIRD = {"2": "3", "b": "c"}
"""The mark of a third column, with which two are no pair."""


def infer_shape(facts: Facts, taken: Collection[str]) -> Shape:
    """The shape suggested by column names and contents; `ONE_TEXT` by default.

    Args:
        facts: facts about the columns, by name.
        taken: columns to which the user gave another role.
    """
    free = {name: column for name, column in facts.items() if name not in taken}
    texts = {name: column for name, column in free.items() if column.is_text and column.numbers is None}
    for find in (_preference, _chat, _instruction, _pair, _aspect, _words, _nested):
        columns, kind = find(free, texts)
        if columns:
            return Shape(kind, columns, tuple(name for name in columns if facts[name].is_json))
    return ONE_TEXT


_Found = tuple[tuple[str, ...], ShapeKind]


def _first_named(columns: Facts, names: Sequence[str], others: Collection[str] = ()) -> str | None:
    """The column whose name comes first in `names`; None if there is none."""
    by_name = {"_".join(words_of(name)) or name: name for name in reversed(list(columns)) if name not in others}
    return next((by_name[name] for name in names if name in by_name), None)


def _preference(free: Facts, texts: Facts) -> _Found:
    usable = {name: facts for name, facts in free.items() if name in texts or facts.is_messages or facts.is_nested_text}
    chosen, rejected = _first_named(usable, _CHOSEN), _first_named(usable, _REJECTED)
    if chosen is None or rejected is None or (usable[chosen].is_repeating and usable[rejected].is_repeating):
        return (), ShapeKind.PREFERENCE
    prompt = _first_named(usable, (*_PROMPT, *_CHATS), (chosen, rejected))
    return ((prompt,) if prompt else ()) + (chosen, rejected), ShapeKind.PREFERENCE


def _chat(free: Facts, texts: Facts) -> _Found:
    chats = [name for name, facts in free.items() if facts.is_messages and facts.is_list]
    prompt, answer = (_first_named({name: free[name] for name in chats}, names) for names in (_PROMPT, _ANSWER))
    if prompt is not None and answer is not None:
        return (prompt, answer), ShapeKind.INSTRUCTION
    pairs = [(name, twin) for name in chats for ends in _ENDS if (twin := _twin(name, *ends, chats)) is not None]
    if pairs:
        return pairs[0], ShapeKind.PAIR
    usable = {name: facts for name, facts in free.items() if name in chats or (facts.is_words and facts.is_nested_text)}
    named = _first_named(usable, _CHATS) or next(iter(chats), None)
    return (() if named is None else (named,)), ShapeKind.CHAT


def _instruction(free: Facts, texts: Facts) -> _Found:
    question = _first_named(texts, _QUESTION)
    if question is not None and _first_named(texts, ("instruction", "prompt")) is None:
        answer = _first_named(texts, _QUESTION_ANSWER, (question,))
        if answer is not None and not texts[answer].is_repeating:
            return (question, answer), ShapeKind.QUESTION_ANSWER
    prompt = _first_named(texts, _PROMPT)
    lists = {name: facts for name, facts in free.items() if facts.is_words and facts.is_nested_text}
    answer = _first_named({**texts, **lists}, _ANSWER, () if prompt is None else (prompt,))
    if prompt is None or answer is None or (free[answer].is_repeating and free[answer].words < 3):
        return (), ShapeKind.INSTRUCTION
    more = _first_named(texts, _INPUT, (prompt, answer))
    return (prompt, *((more,) if more else ()), answer), ShapeKind.INSTRUCTION


def _pair(free: Facts, texts: Facts) -> _Found:
    usable = {
        name: facts for name, facts in texts.items() if facts.words >= 1 and not facts.is_date and not facts.is_link
    }
    for facts, two in _PAIRS:
        first = _first_named(usable, (facts,))
        second = _first_named(usable, (two,))
        if first and second and not usable[second].is_repeating:
            return (first, second), ShapeKind.PAIR
    has_text = any(facts.is_running_text and is_named_text(name) for name, facts in usable.items())
    for name in usable:
        for facts, two in _ENDS:
            twin = _twin(name, facts, two, usable)
            if has_text and _twin(name, facts, _THIRD.get(two, ""), usable) is not None:
                continue  # options of a question
            if twin is not None and all(usable[x].is_running_text or usable[x].is_nested_text for x in (name, twin)):
                return (name, twin), ShapeKind.PAIR
    languages = [name for name, facts in usable.items() if is_language(name) and facts.is_running_text]
    return tuple(languages) if len(languages) == 2 else (), ShapeKind.PAIR


def _twin(name: str, facts: str, two: str, columns: Collection[str]) -> str | None:
    """The column whose name differs only in a mark, such as ``sentence2`` or ``#2 String`` for ``#1 String``."""
    by_name = {other.lower(): other for other in columns}
    marked = re.compile(rf"(?<![^\W_]){facts}(?![^\W_])")
    if (found := marked.subn(two, name.lower()))[1] == 1 and marked.sub(
        _THIRD.get(two, two), name.lower()
    ) not in by_name:
        return by_name.get(found[0])
    if not name.lower().endswith(facts):
        return None
    stem, end = name[: -len(facts)], name[-len(facts) :]
    is_apart = facts.isdigit() or stem.endswith(("_", " ", "-")) or (end[0].isupper() and stem[-1:].islower())
    if not is_apart or not re.search(r"[^\W\d_]", stem):
        return None
    return by_name.get(f"{stem}{two}".lower())


def _aspect(free: Facts, texts: Facts) -> _Found:
    aspect = _first_named(texts, _ASPECT)
    if aspect is None or texts[aspect].words > 4:
        return (), ShapeKind.ASPECT
    whole = [name for name, facts in texts.items() if facts.is_running_text and facts.words > texts[aspect].words]
    if not whole:
        return (), ShapeKind.ASPECT
    text = max(whole, key=lambda name: texts[name].length)
    return (text, aspect), ShapeKind.ASPECT


def _words(free: Facts, texts: Facts) -> _Found:
    if any(facts.is_running_text for facts in texts.values()):
        return (), ShapeKind.WORDS
    lists = {name: facts for name, facts in free.items() if facts.is_words and not facts.is_nested_text}
    words = _first_named(lists, ("tokens", "words", "token", "sentence"))
    words = words or next((name for name in lists if {"tokens", "tokenized"} & set(words_of(name))), None)
    return ((words,) if words else ()), ShapeKind.WORDS


def _nested(free: Facts, texts: Facts) -> _Found:
    """The list or object with most text if no column is a text itself."""
    if any(facts.is_running_text or is_named_text(name) for name, facts in texts.items()):
        return (), ShapeKind.COLUMNS
    nested = [name for name, facts in free.items() if facts.is_nested_text]
    if not nested:
        return (), ShapeKind.COLUMNS
    best = max(nested, key=lambda name: (is_named_text(name), free[name].nested_words))
    return (best,), ShapeKind.CHAT if free[best].has_speakers else ShapeKind.COLUMNS
