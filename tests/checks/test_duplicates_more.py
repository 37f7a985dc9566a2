"""Which row is kept and why, likeness of meaning, boilerplate, and rows that stand in a reference."""

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.base import Shared
from auditor.checks.boilerplate import find_boilerplate
from auditor.checks.duplicates import DuplicateCheck
from auditor.config.settings import DuplicateSettings, Settings
from auditor.corpus.texts import gather
from auditor.dedup.clusters import KEPT_BECAUSE, components
from auditor.dedup.find import find_clusters, sign_corpus
from auditor.dedup.minhash import Banding, sign
from auditor.dedup.reference import match_corpus, match_index
from auditor.dedup.sketches import Segment, SketchIndex, segment_bytes
from auditor.dedup.verify import similarities
from auditor.errors import OutputError
from tests.corpora import corpus

LONG = "please tell me how i can change the delivery address of the parcel that i ordered last week from your shop"
OTHER = "the opening hours of the branch in the old town are printed on the back of the leaflet that came by post"


def words(draw, count):
    return " ".join(f"w{draw.integers(0, 5000)}" for _ in range(count))


def edited(text, draw, share):
    parts = text.split()
    for place in draw.choice(len(parts), round(share * len(parts)), replace=False):
        parts[place] = f"new{draw.integers(0, 10**6)}"
    return " ".join(parts)


def why(clusters):
    return [KEPT_BECAUSE[i] for i in clusters.because]


@pytest.mark.parametrize(
    ("made", "keep", "kept", "reason"),
    [
        ({"texts": [LONG, "hi " + LONG]}, "longest", 1, "longest"),
        ({"texts": ["hi " + LONG, LONG]}, "first", 0, "first"),
        ({"texts": [LONG, LONG]}, "longest", 0, "first"),
        ({"texts": ["hi " + LONG, LONG], "splits": ["train", "test"]}, "longest", 1, "part"),
    ],
)
def test_the_finding_says_why_a_row_is_kept(made, keep, kept, reason):
    clusters = find_clusters(corpus(**made), DuplicateSettings(keep=keep))
    assert clusters.kept.tolist() == [kept, kept]
    assert why(clusters)[1 - kept] == reason


@pytest.mark.parametrize("space", [" ", "\t", "\u3000", "\u00a0", "\u0085", "\x1f"])
@pytest.mark.parametrize("longest", [0, 1])
def test_white_space_around_a_text_does_not_make_it_the_longest(space, longest):
    texts = [LONG, LONG.upper()]
    texts[longest] += "!"
    texts[1 - longest] = space * 3 + texts[1 - longest] + space * 3
    c = corpus([*texts, None, "", space])
    assert find_clusters(c, DuplicateSettings(keep="longest")).kept[:2].tolist() == [longest, longest]


def test_newest_keeps_the_row_of_the_latest_date():
    c = corpus([LONG, "hi " + LONG, LONG + " now"])
    dates = pa.array([3, 5, 4], pa.int64()).cast(pa.timestamp("s"))
    dated = corpus([LONG, "hi " + LONG, LONG + " now"], dates=["x", "y", "z"])
    table = dated.table.set_column(dated.table.column_names.index("date"), "date", pa.chunked_array([dates]))
    dated = type(c)(dated.name, dated.files, table, dated.row_id, dated.roles)
    clusters = find_clusters(dated, DuplicateSettings(keep="newest"))
    assert clusters.kept.tolist() == [1, 1, 1]
    assert why(clusters)[0] == "newest"


def test_newest_reads_dates_written_as_text():
    dated = corpus([LONG, "hi " + LONG], dates=["2021-01-01", "2024-03-05"])
    assert find_clusters(dated, DuplicateSettings(keep="newest")).kept.tolist() == [1, 1]


def test_best_label_keeps_the_label_of_most_of_the_cluster():
    texts = ["hello there " + LONG, LONG, LONG + " now", "hi " + LONG]
    labels = ["wrong", "right", "right", "right"]
    longest = find_clusters(corpus(texts, labels=labels), DuplicateSettings(keep="longest"))
    best = find_clusters(corpus(texts, labels=labels), DuplicateSettings(keep="best-label"))
    assert set(longest.kept.tolist()) == {0}
    assert labels[best.kept[0]] == "right"
    assert why(best)[0] == "label"


def test_similarities_are_exact_in_whatever_blocks(monkeypatch):
    from auditor.dedup import verify as pairs

    draw = np.random.default_rng(5)
    texts = [words(draw, 60) for _ in range(40)]
    texts += [edited(text, draw, 0.1) for text in texts]
    column = pa.chunked_array([pa.array(texts[:33], pa.large_string()), pa.array(texts[33:], pa.large_string())])
    a, b = (rows.ravel() for rows in np.triu_indices(len(texts), 1))
    grams = [{tuple(t.split()[i : i + 3]) for i in range(len(t.split()) - 2)} for t in texts]
    expected = [len(grams[i] & grams[j]) / len(grams[i] | grams[j]) for i, j in zip(a, b, strict=True)]
    for size in (500, 10**9):
        monkeypatch.setattr(pairs, "_BLOCK_BYTES", size)
        assert similarities(column, a, b, 3, threads=2) == pytest.approx(expected)


def test_gather_takes_rows_from_every_chunk():
    column = pa.chunked_array([["a", "b"], [], ["c"], ["d", "e"]], pa.large_string())
    assert gather(column, np.array([0, 2, 4])).to_pylist() == ["a", "c", "e"]
    assert gather(column, np.array([], np.int64)).to_pylist() == []


def referenced(c, reference):
    return match_corpus(c, sign_of(c), reference, 3, 0.7, Banding.for_threshold(0.7), 1)


def sign_of(c):
    return sign_corpus(c, 3, Banding.for_threshold(0.7))


def test_rows_of_the_reference_are_found_and_named():
    reference = corpus(["nothing to see here at all", LONG.upper() + "!", OTHER])
    mine = corpus([OTHER + " again", "quite another thing altogether in this row", LONG, "", "  "])
    found = referenced(mine, reference)
    assert found.rows.tolist() == [0, 2]
    assert found.row_id.tolist() == [2, 1]
    assert found.similarity[1] == 1.0
    grams = lambda t: {tuple(t.split()[i : i + 3]) for i in range(len(t.split()) - 2)}
    x, y = grams(OTHER + " again"), grams(OTHER)
    assert found.similarity[0] == pytest.approx(len(x & y) / len(x | y))
    assert found.confidence.tolist() == [1.0, 1.0]


def index_of(tmp_path, *corpora):
    banding, segments = Banding.for_threshold(0.7), []
    for number, c in enumerate(corpora):
        (tmp_path / f"{number}.arrow").write_bytes(segment_bytes(c.row_id, sign_of(c)))
        segments.append(Segment(f"{number}.arrow", f"c{number}", str(number), len(c), ""))
    return SketchIndex(tmp_path, 3, 0.7, banding, tuple(segments))


def test_an_index_finds_equal_rows_for_certain_and_similar_ones_with_a_confidence(tmp_path):
    draw = np.random.default_rng(0)
    old = [words(draw, 150) for _ in range(300)]
    new = [old[7], *(edited(old[i], draw, 0.03) for i in range(100, 200)), *(words(draw, 150) for _ in range(200)), ""]
    index = index_of(tmp_path, corpus(old[:150]), corpus([*old[150:], ""]))
    found = match_index(sign_of(corpus(new)), index)
    assert (found.rows[0], found.name[0], found.row_id[0], found.confidence[0]) == (0, "c0", 7, 1.0)
    matched = dict(zip(found.rows.tolist(), zip(found.name, found.row_id.tolist(), strict=True), strict=True))
    right = sum(matched.get(i + 1) == (("c0", 100 + i) if i < 50 else ("c1", i - 50)) for i in range(100))
    assert right >= 98  # similarity about 0.84, well above the threshold
    assert all(row <= 100 for row in matched), "a row that resembles nothing was matched"
    assert not found.verified


def test_an_index_file_that_was_changed_is_refused(tmp_path):
    from auditor.errors import InputError

    index = index_of(tmp_path, corpus([LONG, OTHER]))
    data = (tmp_path / "0.arrow").read_bytes()
    (tmp_path / "0.arrow").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError):
        match_index(sign_of(corpus([LONG])), index)


FOOTER = "you receive this mail because you are subscribed to the list of our customers\nwrite to us to be taken off it"


def test_lines_that_recur_are_boilerplate_with_their_place():
    draw = np.random.default_rng(2)
    texts = [f"{words(draw, 12)}\n\n  {FOOTER}\n" for _ in range(25)] + [words(draw, 12) + "\n" for _ in range(25)]
    texts[3] = "größer " + texts[3]  # offsets are in characters
    c = corpus(texts)
    found = find_boilerplate(c, np.arange(50))
    assert found.row.tolist() == list(range(25))
    assert {texts[r][s:e] for r, s, e in zip(found.row, found.start, found.end, strict=True)} == {FOOTER}
    assert found.lines == 2
    assert set(found.rows.tolist()) == {25}


def test_rules_of_dashes_copies_of_one_text_and_rare_lines_are_no_boilerplate():
    draw = np.random.default_rng(3)
    dashed = [f"{words(draw, 12)}\n{'-' * 60}\n1.0000 2.0000 3.0000 4.0000 5.0000" for _ in range(30)]
    assert len(find_boilerplate(corpus(dashed), np.arange(30)).row) == 0
    copies = corpus([f"{LONG}\n{FOOTER}"] * 40)
    kept = np.flatnonzero(find_clusters(copies, DuplicateSettings()).kept == np.arange(40))
    assert len(find_boilerplate(copies, kept).row) == 0
    rare = corpus([f"{words(draw, 12)}\n{FOOTER}" for _ in range(19)])
    assert len(find_boilerplate(rare, np.arange(19)).row) == 0


def codes(c, matches=None, **settings):
    own = Settings(duplicates=DuplicateSettings(**settings))
    result = DuplicateCheck(own, c.language).finish([], c, Shared(find_clusters(c, own.duplicates), matches))
    return {(f["code"], f["row_id"], f["ref_row"], f["value"]) for f in result.findings.to_pylist()}


def test_reference_findings_name_the_row_there_and_never_a_row_here():
    reference = corpus([OTHER, LONG])
    c = corpus([LONG, "a row of its own that resembles nothing else"])
    assert codes(c, referenced(c, reference)) == {("DUP007", 0, None, "made row 1")}


def test_like_meaning_is_found_among_rows_that_share_few_words():
    from auditor.models.checkpoint import packaged_folder

    if packaged_folder() is None:
        pytest.skip("the packaged BERT is not installed")
    c = corpus(
        ["How do I change my PIN?", "What is the way to change my PIN code?", "The weather is nice in Spain today."]
    )
    clusters = find_clusters(c, DuplicateSettings(semantic=0.75))
    assert clusters.kept.tolist() == [0, 1, 2]
    assert clusters.meaning.tolist() == [1, 1, 2]
    assert clusters.cluster.tolist() == [0, 0, -1]
    assert clusters.kinds() == ["semantic", "semantic"]
    assert ("DUP003", 0, 1, None) in codes(c, semantic=0.75)


def test_meanings_of_chinese_need_a_model():
    from auditor.errors import InputError

    with pytest.raises(InputError, match="English"):
        find_clusters(corpus(["你好世界", "世界你好"], language="zh"), DuplicateSettings(semantic=0.9))


def test_one_giant_row_and_many_short_ones():
    giant = " ".join(f"w{i}" for i in range(400_000))
    c = corpus([giant, "ok", giant + " end", "ok", "x" * 2_000_000])
    clusters = find_clusters(c, DuplicateSettings())
    assert clusters.kept.tolist() == [2, 1, 2, 1, 4]
    assert clusters.similarity[0] == pytest.approx(399_998 / 399_999)


def test_a_signature_does_not_depend_on_how_the_column_is_cut_nor_on_where_its_keys_are(tmp_path):
    draw = np.random.default_rng(4)
    texts = [words(draw, int(draw.integers(0, 40))) for _ in range(200)] + ["汉字和 words", "", None]
    whole = sign(pa.chunked_array([texts], pa.large_string()), 3, Banding(16, 8))
    cut = sign(
        pa.chunked_array([texts[:50], texts[50:51], texts[51:]], pa.large_string()), 3, Banding(16, 8), threads=3
    )
    assert np.array_equal(whole.keys, cut.keys)
    assert np.array_equal(whole.sequence, cut.sequence)
    on_disk = sign(pa.chunked_array([texts], pa.large_string()), 3, Banding(16, 8), 2, tmp_path / "corpus.arrow")
    assert np.array_equal(whole.keys, on_disk.keys) and not on_disk.keys.flags.owndata
    assert not list(tmp_path.iterdir())  # the file has no name, so that it is gone with the process
    with pytest.raises(OutputError, match="The work folder cannot be written"):
        sign(
            pa.chunked_array([texts], pa.large_string()), 3, Banding(16, 8), 1, tmp_path / "no folder" / "corpus.arrow"
        )


@pytest.mark.parametrize("seed", range(5))
def test_components_are_those_of_a_graph_library(seed):
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    draw = np.random.default_rng(seed)
    rows, edges = 300, int(draw.integers(0, 400))
    a, b = draw.integers(0, rows, edges), draw.integers(0, rows, edges)
    mine = components(rows, a, b)
    _, theirs = connected_components(coo_matrix((np.ones(edges), (a, b)), shape=(rows, rows)), directed=False)
    assert len(set(zip(mine.tolist(), theirs.tolist(), strict=True))) == len(set(mine)) == len(set(theirs))
    assert all(mine[mine] == mine)


def test_a_chain_of_a_million_rows_is_one_component():
    order = np.random.default_rng(0).permutation(1_000_000)
    assert not components(1_000_000, order[1:], order[:-1]).any()


@pytest.mark.parametrize("seed", range(4))
def test_clusters_and_rows_kept_are_those_of_all_pairs(seed):
    draw = np.random.default_rng(seed)
    texts = []
    for _ in range(25):  # families in which every text is edited from the one before
        text = words(draw, int(draw.integers(20, 60)))
        for _ in range(int(draw.integers(1, 12))):
            texts.append(text)
            text = edited(text, draw, 0.04)
    texts = [texts[i] for i in draw.permutation(len(texts))]
    clusters = find_clusters(corpus(texts), DuplicateSettings(ngram=2, threshold=0.7))
    column = pa.chunked_array([texts], pa.large_string())
    a, b = np.triu_indices(len(texts), 1)
    similarity = similarities(column, a, b, 2)
    near = similarity >= 0.7
    whole = components(len(texts), a[near], b[near])
    pairs = set(zip(whole.tolist(), clusters.groups().tolist(), strict=True))
    assert len(pairs) == len(set(whole.tolist())) == len(set(clusters.groups().tolist()))
    kept = clusters.kept == np.arange(len(texts))
    assert not (near & kept[a] & kept[b]).any(), "two near duplicates are kept"
    of = dict(zip(zip(a.tolist(), b.tolist(), strict=True), similarity.tolist(), strict=True))
    for row in np.flatnonzero(~kept).tolist():
        other = int(clusters.kept[row])
        assert kept[other]
        assert of[min(row, other), max(row, other)] == pytest.approx(clusters.similarity[row])
        assert clusters.similarity[row] >= 0.7
