"""Excerpts: masked as a whole, cut around the match, searched again."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.audit import Excerpt
from auditor.report.excerpts import RowPair, Window, make_excerpts, make_pair_excerpts, visible

EMAIL = re.compile(r"[a-z0-9-]+@[a-z-]+\.[a-z]+")


class Span:
    def __init__(self, start: int, end: int, entity: str) -> None:
        self.start, self.end, self.entity = start, end, entity


def emails(texts: Sequence[str]) -> list[list[Span]]:
    return [[Span(*match.span(), "EMAIL_ADDRESS") for match in EMAIL.finditer(text)] for text in texts]


def one(text: str, match: tuple[int, int] | None = None, limit: int = 60, spans_of: Any = emails) -> Excerpt:
    return make_excerpts([(7, "PII001", Window(text), match)], spans_of, limit)[0]


def shown(excerpt: Excerpt) -> str:
    return "".join(text for _, text in excerpt.parts)


@pytest.mark.parametrize("lead", range(40, 80))
def test_a_cut_never_leaves_half_an_address(lead: int) -> None:
    text = "x" * lead + " fork-admin@xent.com and more text after that which goes on and on for a while"
    assert "fork" not in shown(one(text)) and "xent" not in shown(one(text))


def test_the_match_is_in_the_middle_and_marked() -> None:
    text = "before " * 100 + "fork-admin@xent.com" + " after" * 100
    excerpt = one(text, EMAIL.search(text).span())  # type: ignore[union-attr]
    assert ("mark", "⟦EMAIL_ADDRESS⟧") in excerpt.parts
    kinds = [kind for kind, _ in excerpt.parts]
    assert kinds == ["cut", "text", "mark", "text", "cut"]
    left, right = len(excerpt.parts[1][1]), len(excerpt.parts[3][1])
    assert abs(left - right) <= 8 and left + right > 25


def test_a_match_of_plain_text_is_marked_and_its_neighbours_masked() -> None:
    text = "write to a@b.org about cafÃ© or to c@d.org"
    excerpt = one(text, (23, 28))
    assert excerpt.parts == (
        ("text", "write to "), ("mask", "⟦EMAIL_ADDRESS⟧"), ("text", " about "), ("mark", "cafÃ©"), ("text", " or to "),
        ("mask", "⟦EMAIL_ADDRESS⟧"),
    )  # fmt: skip


def test_a_match_at_the_end_uses_the_whole_room() -> None:
    text = "word " * 60 + "fork-admin@xent.com"
    excerpt = one(text, EMAIL.search(text).span())  # type: ignore[union-attr]
    assert excerpt.parts[0] == ("cut", "…") and excerpt.parts[-1][0] == "mark"
    assert 50 <= len(shown(excerpt)) <= 62


def test_what_only_the_cut_text_shows_is_masked_as_well() -> None:
    """A recognizer that is put off by what stands around a number finds it once that is cut away."""

    def numbers_in_short_texts(texts: Sequence[str]) -> list[list[Span]]:
        return [
            [Span(*m.span(), "PHONE_NUMBER") for m in re.finditer(r"\d{6,}", text)] if len(text) < 100 else []
            for text in texts
        ]

    excerpt = one("call 5550199 now " + "and then again " * 20, spans_of=numbers_in_short_texts)
    assert "5550199" not in shown(excerpt) and "⟦PHONE_NUMBER⟧" in shown(excerpt)


def test_overlapping_spans_leave_nothing_and_take_the_longest_name() -> None:
    def overlapping(texts: Sequence[str]) -> list[list[Span]]:
        return [
            [Span(3, 8, "URL"), Span(5, 16, "EMAIL_ADDRESS"), Span(6, 7, "AGE")] if len(t) == 20 else [] for t in texts
        ]

    assert one("aaaBBBBBCCCCCCCCdddd", spans_of=overlapping).parts == (
        ("text", "aaa"), ("mask", "⟦EMAIL_ADDRESS⟧"), ("text", "dddd"),
    )  # fmt: skip


def test_unseen_characters_are_written_out() -> None:
    assert visible("a\u202eb\x1b[31m\n\tc\u200bd\ud800") == "a⟨U+202E⟩b⟨U+001B⟩[31m c⟨U+200B⟩d⟨U+D800⟩"
    assert visible("👩\u200d💻 é 你好") == "👩\u200d💻 é 你好"


def test_no_text_passes_for_a_placeholder() -> None:
    excerpt = one("⟦see a@b.org⟧")
    assert shown(excerpt) == "[see ⟦EMAIL_ADDRESS⟧]"


def test_the_limit_holds_for_long_matches_and_long_words() -> None:
    for text, match in (("x" * 5000, (100, 4000)), ("x" * 5000, None), ("字" * 5000, (2500, 2501))):
        assert len(shown(one(text, match))) <= 62


@given(
    st.lists(st.sampled_from(["hello ", "a@b.org ", "x-9@mail.net\n", "字", "\u202e", "⟧⟦", " "]), max_size=60),
    st.integers(0, 200), st.integers(0, 60), st.integers(1, 80),
)  # fmt: skip
def test_no_address_is_ever_shown(words: list[str], start: int, length: int, limit: int) -> None:
    text = "".join(words)
    excerpt = one(text, (start, start + length), limit)
    assert not EMAIL.search(shown(excerpt)) and "@" not in shown(excerpt)
    assert {kind for kind, _ in excerpt.parts} <= {"text", "mark", "mask", "cut"}


def pair(left: str, right: str) -> RowPair:
    return ("DUP002", 1, Window(left), 2, Window(right))


def marks(excerpt: Excerpt) -> list[str]:
    return [text.strip() for kind, text in excerpt.parts if kind == "mark"]


def test_pairs_mark_the_words_that_differ() -> None:
    left, right = make_pair_excerpts(
        [pair("Dear Anna, your blue lamp ships", "Dear Bernd, your blue lamp ships today")], emails
    )
    assert (left.row_id, left.code, right.row_id) == (1, "DUP002", 2)
    assert marks(left) == ["Anna"] and marks(right) == ["Bernd", "today"]


def test_pairs_are_compared_after_masking() -> None:
    left, right = make_pair_excerpts([pair("to anna@x.org: go", "to bob@y.org: go")], emails)
    assert left.parts == right.parts and marks(left) == []


def test_pairs_start_near_the_first_difference_by_character_in_chinese() -> None:
    same = "房间干净，" * 80
    left, right = make_pair_excerpts([pair(same + "很好", same + "很差")], emails, 40)
    assert marks(left) == ["好"] and marks(right) == ["差"]
    assert left.parts[0] == ("cut", "…") and len(shown(left)) <= 42


@pytest.mark.parametrize("maker", [lambda: make_excerpts([], emails), lambda: make_pair_excerpts([], emails)])
def test_no_rows_give_no_excerpts(maker: Callable[[], tuple[Excerpt, ...]]) -> None:
    assert maker() == ()
