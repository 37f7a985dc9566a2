"""n-grams over Arrow buffers equal a plain reference, whatever the script."""

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.dedup.minhash import Banding, band_keys, candidate_pairs, jaccard, sketch
from auditor.dedup.ngrams import shingle
from auditor.text.normalise import normalize_for_matching

IDEOGRAPH = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
TEXT = st.text(st.sampled_from("ab Zé_9'-,.\n\t\u200b\u00a0中文测试カナ，。ＡＢ１２ﬁe\u0301"), max_size=40)


def reference(text):
    """Tokens by the definition: runs of letters, marks, digits and _, or one ideograph, after NFKC and folding."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold())
    marks = "".join(c for c in text if unicodedata.category(c)[0] == "M")
    return re.findall(rf"[{IDEOGRAPH}]|(?:(?![{IDEOGRAPH}])[\w{re.escape(marks)}])+", text)


def grams(text, n):
    tokens = reference(text)
    return {tuple(tokens[i : i + n]) for i in range(max(1, len(tokens) - n + 1))} if tokens else set()


def true_jaccard(a, b, n):
    x, y = grams(a, n), grams(b, n)
    return len(x & y) / max(len(x | y), 1)


def made(texts, n):
    return shingle(pa.array(texts, pa.large_string()), n)


@settings(max_examples=1_000, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=8), st.integers(1, 4))
def test_tokens_ngrams_and_similarity_equal_the_reference(texts, n):
    s = made(texts, n)
    assert s.tokens.tolist() == [len(reference(t)) for t in texts]
    for i in range(len(texts)):
        own = set(s.hashes[s.offsets[i] : s.offsets[i + 1]].tolist())
        assert len(own) == len(grams(texts[i], n))
    pairs = [(i, j) for i in range(len(texts)) for j in range(i)]
    if pairs:
        a, b = np.array(pairs).T
        expected = [true_jaccard(texts[i], texts[j], n) for i, j in pairs]
        assert jaccard(s, a, b, chunk=7).tolist() == pytest.approx(expected)


@settings(max_examples=1_000, deadline=None)
@given(TEXT, TEXT)
def test_sequences_are_equal_exactly_when_the_tokens_are(a, b):
    s = made([a, b], 3)
    assert (s.sequence[0] == s.sequence[1]) == (reference(a) == reference(b))
    assert (s.sequence == 0).tolist() == [not reference(a), not reference(b)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Hello World", "hello,   world!"),
        ("ＡＢＣ１２３ full width", "abc123 full width"),
        ("cafe\u0301 noir", "caf\u00e9 noir"),  # NFD and NFC
        ("zero\u200bwidth here", "zerowidth here"),
        ("Straße der Bank", "STRASSE DER BANK"),
        ("\u3131\u314f\ub098 \u314e\u314f", "\uac00\ub098 \ud558"),  # letters of Hangul, which join to syllables
        ("\u0440\u0430y \u0430 c\u043er\u0435 \u0410\u03a1", "pay a core AP"),  # Cyrillic and Greek letters
    ],
)
def test_twins_that_look_the_same_are_the_same(a, b):
    s = made([a, b], 2)
    assert s.sequence[0] == s.sequence[1]


def test_words_do_not_run_over_the_end_of_a_text():
    s = made(["ab", "cd", "abcd"], 1)
    assert s.tokens.tolist() == [1, 1, 1]
    assert len(set(s.sequence.tolist())) == 3


def test_order_matters():
    s = made(["a b c d", "d c b a"], 4)
    assert s.sequence[0] != s.sequence[1]


def test_long_words_differ_in_their_last_letter():
    s = made(["x" * 100 + "a", "x" * 100 + "b", "x" * 101], 1)
    assert len(set(s.hashes.tolist())) == 3


def test_same_text_folds_form_but_not_punctuation():
    assert normalize_for_matching(" Ｈｅｌｌｏ\u200b  World ") == "hello world"
    assert normalize_for_matching("hello!") != normalize_for_matching("hello")


def test_banding_reaches_its_recall():
    for threshold in (0.5, 0.7, 0.8, 0.9):
        banding = Banding.for_threshold(threshold)
        assert banding.bands * banding.rows <= 128
        assert 1 - (1 - threshold**banding.rows) ** banding.bands >= 0.995


def test_similar_texts_share_a_band_and_different_ones_do_not():
    draw = np.random.default_rng(0)
    words = [f"w{i}" for i in range(3000)]
    base = [" ".join(draw.choice(words, 120)) for _ in range(200)]
    copies = [" ".join([*text.split()[:-2], "x", "y"]) for text in base]
    s = made(base + copies, 3)
    a, b = candidate_pairs(band_keys(s, Banding.for_threshold(0.8)), np.arange(400))
    found = set(zip(a.tolist(), b.tolist(), strict=True))
    assert len(found & {(i, i + 200) for i in range(200)}) >= 199
    assert len(found) <= 205


def test_the_sketch_estimates_similarity():
    draw = np.random.default_rng(1)
    words = [f"w{i}" for i in range(5000)]
    errors = []
    for share in (0.2, 0.5, 0.8):
        for _ in range(20):
            text = list(draw.choice(words, 400))
            other = text[: int(400 * share)] + list(draw.choice(words, 400 - int(400 * share)))
            s = made([" ".join(text), " ".join(other)], 1)
            table = sketch(s)
            errors.append((table[0] == table[1]).mean() - jaccard(s, np.array([0]), np.array([1]))[0])
    assert np.sqrt(np.mean(np.square(errors))) < 0.05  # 128 independent permutations would give 0.04


def test_a_bucket_of_thousands_is_linked_through_its_preferred_member():
    keys = np.full((1, 5000), 7, np.uint64)
    rank = np.arange(5000)[::-1].copy()
    a, b = candidate_pairs(keys, rank)
    assert len(a) < 60_000  # all pairs would be 12 million
    linked = set(a[b == 4999].tolist())
    assert linked == set(range(4999))


@pytest.fixture
def numpy_only(monkeypatch):
    from auditor.dedup import kernel

    return lambda: monkeypatch.setattr(kernel, "library", lambda: None)


def test_the_kernel_equals_numpy_bit_for_bit(numpy_only):
    from auditor.dedup import kernel

    if kernel.library() is None:
        pytest.skip("no compiled kernel in this installation")
    draw = np.random.default_rng(3)
    points = [*range(0x20, 0x2FF), *range(0x4E00, 0x4E40), *range(0xFF01, 0xFF9F), *range(0x3040, 0x30FF), 0x1F600, 0x20001, 0x200B,
              0x301, 0xDF, 0xFB01, 0x2026, 0x1100, 0xAC00, 0x5D0, 0x627, 0x30001]  # fmt: skip
    texts = ["".join(chr(draw.choice(points)) for _ in range(draw.integers(0, 60))) for _ in range(600)]
    texts += ["", " ", "word " * 300, "x" * 1000, "a b"]
    texts += [text[:-2] for text in texts[:300]]  # similar pairs
    fast = made(texts, 3)
    fast_keys = band_keys(fast, Banding(16, 5))
    a, b = np.arange(300), np.arange(300) + len(texts) - 300
    fast_similarity = jaccard(fast, a, b)
    bounded = jaccard(fast, a, b, 0.5)
    assert np.array_equal(bounded[fast_similarity >= 0.5], fast_similarity[fast_similarity >= 0.5])
    assert (bounded[fast_similarity < 0.5] < 0.5).all()
    numpy_only()
    slow = made(texts, 3)
    for name in ("hashes", "offsets", "sequence", "tokens"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name)), name
    assert np.array_equal(fast_keys, band_keys(slow, Banding(16, 5)))
    assert np.allclose(fast_similarity, jaccard(slow, a, b))
