"""Token counts of rows, by a tokenizer or estimated from characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.checks.conversations.exchange import Exchange
from auditor.config.settings import ConversationSettings
from auditor.corpus.shape import Side
from auditor.models.load import load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SETTING = "conversations.tokenizer"
CHARACTERS_PER_TOKEN = 4.0
"""For English: OpenAI, "What are tokens and how to count them?"."""
TOKENS_PER_WIDE = 0.6
"""Per Chinese character: DeepSeek API documentation, "Token & Token Usage"."""
TOKENS_PER_TURN = 4
"""Tokens that a chat template adds around a message: OpenAI Cookbook, "How to count tokens with tiktoken"."""
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SLICE = 1_000
_ROLES = {Side.USER: "user", Side.ASSISTANT: "assistant", Side.SYSTEM: "system", Side.TOOL: "tool"}


def tokens_of(rows: Sequence[Exchange], settings: ConversationSettings) -> np.ndarray:
    """int64, tokens of each row including those of the chat template; an estimate without a tokenizer.

    Raises:
        InputError: the tokenizer cannot be loaded.
    """
    if settings.tokenizer is None:
        return np.array([_estimate(row) for row in rows], np.int64)
    tokenizer = load_tokenizer(settings.tokenizer, SETTING)
    return np.concatenate([_counted(tokenizer, rows[i : i + _SLICE]) for i in range(0, len(rows), _SLICE)])


def _estimate(row: Exchange) -> int:
    wide = sum(len(_WIDE.findall(turn.text)) for turn in row.turns)
    narrow = sum(len(turn.text) for turn in row.turns) - wide
    return round(wide * TOKENS_PER_WIDE + narrow / CHARACTERS_PER_TOKEN + TOKENS_PER_TURN * len(row.turns))


def _counted(tokenizer: PreTrainedTokenizerBase, rows: Sequence[Exchange]) -> np.ndarray:
    """Tokens of rows in the tokenizer's chat template, or of the texts joined by newlines if it has none."""
    texts = [_rendered(tokenizer, row) for row in rows]
    ids = tokenizer(texts, add_special_tokens=tokenizer.chat_template is None, verbose=False)["input_ids"]
    return np.array([len(row) for row in ids], np.int64)


def _rendered(tokenizer: PreTrainedTokenizerBase, row: Exchange) -> str:
    plain = "\n".join(turn.text for turn in row.turns)
    if tokenizer.chat_template is None:
        return plain
    messages = [{"role": _ROLES.get(turn.speaker, "user"), "content": turn.text} for turn in row.turns]
    try:
        return str(tokenizer.apply_chat_template(messages, tokenize=False))
    except Exception:  # noqa: BLE001 - templates refuse roles out of turn with errors of any kind
        return plain
