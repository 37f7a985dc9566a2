"""Folding: disguises are taken off, and places lead back into the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.pii.fold import fold, fold_all, unwrapped


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("２１９－０９", "219-09"),
        ("२१९ ٢١٩", "219 219"),
        ("219\u201109\u20129\u22129", "219-09-9-9"),
        ("2\u03331\u20e39", "219"),
        ("a\u200bb\u202ec\ufe0fd\U000e0041e\u3164f\u034fg\x01h", "abcdefgh"),
        ("a&#64;b&#x2e;c&nbsp;d&commat;e", "a@b.c d@e"),
        ("a%40b%2Ecom 212%20736", "a@b.com 212 736"),
        ("100%20off and &amp; stay", "100%20off and &amp; stay"),
        ("cafe\u0301 é 1é", "cafe\u0301 é 1é"),
        ("&#0; &#9999999;", "&#0; &#9999999;"),
    ],
)
def test_plain_text(text: str, plain: str) -> None:
    assert fold(text).text == plain
    assert fold_all([text])[0].text == plain


def test_places_cover_what_stood_for_a_character() -> None:
    text = "x kim&#64;a\u200b.b&nbsp;y"
    folded = fold(text)
    start = folded.text.index("kim@a.b")
    low, high = folded.placed(start, start + len("kim@a.b"))
    assert text[low:high] == "kim&#64;a\u200b.b"


def test_marks_on_digits_are_gone_whatever_stands_between() -> None:
    assert fold("2\u200b\u03011\u0301\u200b9").text == fold_all(["2\u200b\u03011\u0301\u200b9"])[0].text == "219"


PIECES = st.lists(st.sampled_from(["1", "a", "@", "１", "٣", "\u200b", "\u0301", "&#64;", "%40", "%20", "é", "\U000e0041", "中", "\x02"]), max_size=20).map("".join)  # fmt: skip


@given(PIECES)
def test_places_are_ascending_inside_and_the_same_by_either_way(text: str) -> None:
    folded = fold(text)
    assert fold_all([text])[0].text == folded.text
    at = 0
    for place in range(len(folded.text)):
        low, high = folded.placed(place, place + 1)
        assert at <= low < high <= len(text)
        at = high
    assert fold(folded.text).text == folded.text or "%" in text or "&" in text


def test_line_ends_between_digits_are_bridged_with_and_without_a_space() -> None:
    texts = ["none 12 here", "card 4556 7375\r\n> 8689 9855 end", "212-736-\n5000"]
    pieces = [(number, piece.text) for number, piece in unwrapped(texts)]
    assert pieces == [
        (1, "card 4556 7375 8689 9855 end"),
        (1, "card 4556 73758689 9855 end"),
        (2, "212-736- 5000"),
        (2, "212-736-5000"),
    ]


def test_the_places_of_a_bridged_piece_are_those_of_the_text() -> None:
    text = "x" * 500 + " 4556\n7375 " + "y" * 500
    _, piece = unwrapped([text])[0]
    start = piece.text.index("4556")
    low, high = piece.placed(start, start + len("4556 7375"))
    assert text[low:high] == "4556\n7375"
    assert len(piece.text) < 400
