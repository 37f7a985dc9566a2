"""Terms in texts: whole words in spaced scripts, anywhere in others."""

import numpy as np
import pyarrow as pa
import pytest

from auditor.text.terms import TermIndex

TEXTS = pa.chunked_array([pa.array(["She said: (he) left.", "the shed", None, "HE-SHE", "他们说", "ｓｈｅ", ""])])


@pytest.mark.parametrize(
    ("terms", "rows"),
    [
        (["she"], [0, 3, 5]),
        (["he", "she"], [0, 3, 5]),
        (["he"], [0, 3]),
        (["said he"], [0]),
        (["们", "shed"], [1, 4]),
        (["!?"], []),
        ([], []),
    ],
)
def test_rows_with_any_of_several_terms(terms: list[str], rows: list[int]) -> None:
    assert np.flatnonzero(TermIndex(TEXTS).rows_with_any(terms)).tolist() == rows


def test_several_terms_are_found_where_each_is() -> None:
    index, terms = TermIndex(TEXTS), ["she", "shed", "说", "left", "nobody"]
    each = np.any([index.rows_with(term) for term in terms], axis=0)
    assert index.rows_with_any(terms).tolist() == each.tolist()


def test_hundreds_of_lists_at_once_find_what_each_finds() -> None:
    draw = np.random.default_rng(3)
    words = ["".join(draw.choice(list("abcdeé"), 4)) for _ in range(300)]
    texts = pa.array([" ".join(draw.choice(words, 12)) + "。她说" * int(i % 2) for i in range(100)], pa.large_string())
    found = TermIndex(texts).rows_with_each({word: [word] for word in [*words, "她说"]})
    for word in words:
        assert found[word].tolist() == [word in text.replace("。她说", "").split() for text in texts.to_pylist()]
    assert found["她说"].tolist() == [i % 2 == 1 for i in range(100)]
