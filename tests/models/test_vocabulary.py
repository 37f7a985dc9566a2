"""The vocabulary of a corpus-trained model holds no numbers, no rare words and nothing that is masked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.config.settings import Settings
from auditor.models.base_model import choose_base
from auditor.models.pretrain import MIN_TEXTS, SPECIAL_TOKENS, learn_tokenizer
from auditor.pii.run_masking import hiding

PLAIN = [f"the parcel number {i} has been lost on the way" for i in range(20)]


def tokens(texts: Sequence[str]) -> set[str]:
    return set(learn_tokenizer(texts, 32).get_vocab()) - set(SPECIAL_TOKENS)


def test_no_token_holds_more_than_one_digit_however_often_the_number_is_there() -> None:
    known = tokens([f"{text} call 13812345678 or a1b22c" for text in PLAIN])
    assert "parcel" in known
    assert not [token for token in known if re.search(r"\d.*\d", token)]
    assert "1" in known


def test_words_of_few_texts_are_no_tokens_and_those_of_enough_are() -> None:
    few = [f"{PLAIN[i]} zanzibar" for i in range(MIN_TEXTS - 1)]
    enough = [f"{PLAIN[i]} quokka" for i in range(MIN_TEXTS)]
    known = tokens([*PLAIN, *few, *few, *enough])  # the same text again is no further row
    assert "quokka" in known
    assert not any("zan" in token or "bar" in token for token in known)


def test_a_model_trained_on_the_corpus_sees_masked_texts() -> None:
    secrets = ("canary7f3a", "13812345678", "2127365000")
    texts = [f"{text}, mail canary7f3a@example.org, phone 2127365000 or 13812345678" for text in PLAIN]
    options = BenchmarkSettings(pretrain_epochs=0)
    own = Settings.model_validate({"pii": {"ner": "off"}})
    _, base = choose_base(options, "other", texts, 0, 1, lambda *_: None, hiding(own, "other"))
    told = base.tokenizer.backend_tokenizer.to_str()  # type: ignore[attr-defined]
    assert "canary" not in told
    assert "example" not in told
    assert not any(secret in told for secret in secrets)
    assert {"parcel", "lost"} <= set(base.tokenizer.get_vocab())


def test_what_is_hidden_includes_weak_evidence_and_names() -> None:
    hide = hiding(Settings(), "en")
    (text,) = hide(["my name is Irene Ellison, write to irene@corp-mail.io"])
    assert "Irene" not in text and "Ellison" not in text and "irene" not in text
