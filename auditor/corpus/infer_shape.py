"""Infer the shape of rows from their columns: chat, preference, instruction, question and answer, pair, words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from auditor.corpus.column_facts import ColumnFacts
from auditor.corpus.readers.beside import is_language
from auditor.corpus.role_names import words_of
from auditor.corpus.shape import ONE_TEXT, Shape, ShapeKind

Facts = Mapping[str, ColumnFacts]

_CHOSEN = ("chosen", "preferred", "response_chosen", "chosen_response", "winner", "accepted", "better")
_REJECTED = ("rejected", "dispreferred", "response_rejected", "rejected_response", "loser", "worse")
_PROMPT = ("prompt", "instruction", "question", "query", "input", "problem", "指令", "问题", "提示")
_INPUT = ("input", "inputs", "context", "输入", "上下文")
_ANSWER = (
    "completion", "output", "response", "answer", "answers", "solution", "reply", "target",
    "回答", "答案", "输出", "回复",
)  # fmt: skip
_QUESTION = ("question", "query", "questions", "问题", "frage", "pregunta", "pergunta", "вопрос")
_QUESTION_ANSWER = (
    "answer",
    "answers",
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
    ("source", "target"), ("claim", "evidence"), ("headline", "body"), ("sentence", "paraphrase"), ("text", "pair"),
    ("前提", "假设"), ("句子1", "句子2"),
)  # fmt: skip
_ENDS = (("1", "2"), ("a", "b"), ("one", "two"), ("left", "right"), ("first", "second"), ("0", "1"))


def infer_shape(facts: Facts, taken: Collection[str]) -> Shape:
    """The shape suggested by column names and contents; `ONE_TEXT` by default.

    Args:
        facts: facts about the columns, by name.
        taken: columns to which the user gave another role.
    """
    free = {name: one for name, one in facts.items() if name not in taken}
    texts = {name: one for name, one in free.items() if one.is_text and one.numbers is None}
    for find in (_preference, _chat, _instruction, _pair, _aspect, _words):
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
    usable = {name: one for name, one in free.items() if name in texts or one.is_messages}
    chosen, rejected = _first_named(usable, _CHOSEN), _first_named(usable, _REJECTED)
    if chosen is None or rejected is None:
        return (), ShapeKind.PREFERENCE
    prompt = _first_named(usable, _PROMPT, (chosen, rejected))
    return ((prompt,) if prompt else ()) + (chosen, rejected), ShapeKind.PREFERENCE


def _chat(free: Facts, texts: Facts) -> _Found:
    chats = [name for name, one in free.items() if one.is_messages]
    usual = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns", "对话")
    return (
        (_first_named(free, usual) if _first_named(free, usual) in chats else chats[0],) if chats else ()
    ), ShapeKind.CHAT  # type: ignore[return-value]


def _instruction(free: Facts, texts: Facts) -> _Found:
    question = _first_named(texts, _QUESTION)
    if question is not None and _first_named(texts, ("instruction", "prompt")) is None:
        answer = _first_named(texts, _QUESTION_ANSWER, (question,))
        if answer is not None and not texts[answer].is_repeating:
            return (question, answer), ShapeKind.QUESTION_ANSWER
    prompt = _first_named(texts, _PROMPT)
    answer = _first_named(texts, _ANSWER, () if prompt is None else (prompt,))
    if prompt is None or answer is None or (texts[answer].is_repeating and texts[answer].words < 3):
        return (), ShapeKind.INSTRUCTION
    more = _first_named(texts, _INPUT, (prompt, answer))
    return (prompt, *((more,) if more else ()), answer), ShapeKind.INSTRUCTION


def _pair(free: Facts, texts: Facts) -> _Found:
    usable = {name: one for name, one in texts.items() if one.words >= 1 and not one.is_date and not one.is_link}
    for one, two in _PAIRS:
        first = _first_named(usable, (one,))
        second = _first_named(usable, (two,))
        if first and second and not usable[second].is_repeating:
            return (first, second), ShapeKind.PAIR
    for name in usable:
        for one, two in _ENDS:
            twin = _twin(name, one, two, usable)
            if twin is not None and usable[name].is_running_text and usable[twin].is_running_text:
                return (name, twin), ShapeKind.PAIR
    languages = [name for name, one in usable.items() if is_language(name) and one.is_running_text]
    return tuple(languages) if len(languages) == 2 else (), ShapeKind.PAIR


def _twin(name: str, one: str, two: str, columns: Collection[str]) -> str | None:
    """The column whose name differs only at its end, such as ``sentence2`` for ``sentence1``."""
    if not name.lower().endswith(one):
        return None
    stem, end = name[: -len(one)], name[-len(one) :]
    is_apart = one.isdigit() or stem.endswith(("_", " ", "-")) or (end[0].isupper() and stem[-1:].islower())
    if not is_apart or not re.search(r"[^\W\d_]", stem):
        return None
    wanted = f"{stem}{two}".lower()
    return next((other for other in columns if other.lower() == wanted), None)


def _aspect(free: Facts, texts: Facts) -> _Found:
    aspect = _first_named(texts, _ASPECT)
    if aspect is None or texts[aspect].words > 4:
        return (), ShapeKind.ASPECT
    whole = [name for name, one in texts.items() if one.is_running_text and one.words > texts[aspect].words]
    if not whole:
        return (), ShapeKind.ASPECT
    text = max(whole, key=lambda name: texts[name].length)
    return (text, aspect), ShapeKind.ASPECT


def _words(free: Facts, texts: Facts) -> _Found:
    if any(one.is_running_text for one in texts.values()):
        return (), ShapeKind.WORDS
    words = _first_named(
        {name: one for name, one in free.items() if one.is_words}, ("tokens", "words", "token", "sentence")
    )
    return ((words,) if words else ()), ShapeKind.WORDS
