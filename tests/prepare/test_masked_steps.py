"""Masks and text steps together: what was put in stays whole, its place stays true, and the input comes back."""

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.settings import PrepareSettings
from auditor.core.findings import findings
from auditor.pii.masking.key import Key
from auditor.pii.masking.masker import Masker
from auditor.prepare.cleaning import clean_rows
from tests.corpora import corpus
from tests.prepare.made import prepared

KEY = Key(bytes(range(32)))
STEPS = ("mojibake", "markup", "control", "unicode", "width", "lower", "whitespace")
TEXT = st.text(st.sampled_from("Ab 1.@\n\t\x07é\u0301ＡＢ<p>&#64; \U000f0001"), min_size=2, max_size=40)


def cleaned(text, spans, way, steps=STEPS, rescan=None):
    masker = Masker(PrepareSettings(mask=way), KEY)
    c = corpus([text])
    result = clean_rows(c, {0: spans} if spans else {}, steps, masker, rescan)
    return result.final(c)[0], result.inserted["text"].get(0, ()), result.changes.get(0, ())


@pytest.mark.parametrize("way", ["replace", "hmac", "surrogate", "mask"])
@given(text=TEXT, data=st.data())
def test_steps_leave_what_was_put_in_and_places_stay_true(way, text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    put_in = Masker(PrepareSettings(mask=way), KEY).replacement("EMAIL_ADDRESS", text[start:end])
    final, places, changes = cleaned(text, [(start, end, "EMAIL_ADDRESS")], way)
    assert [final[a:b] for a, b, _ in places] == [put_in]
    assert changes[-1].new == final if changes else final == text
    assert all(x.new == y.old for x, y in pairwise(changes))


def test_a_token_is_not_lowered_and_text_around_it_is():
    final, places, _ = cleaned("Write to ANNA@CORP.IO  Now", [(9, 21, "EMAIL_ADDRESS")], "hmac")
    token = Masker(PrepareSettings(mask="hmac"), KEY).replacement("EMAIL_ADDRESS", "ANNA@CORP.IO")
    assert final == f"write to {token} now"
    assert final[places[0][0] : places[0][1]] == token


def test_what_a_step_brings_to_light_is_masked_and_what_was_put_in_is_not_masked_again():
    looked = []

    def rescan(texts):
        looked.extend(texts)
        return [
            [(t.index("a@b.org"), t.index("a@b.org") + 7, "EMAIL_ADDRESS")] if "a@b.org" in t else [] for t in texts
        ]

    final, places, changes = cleaned("x a&#64;b.org <b>y</b>", [], "replace", ("markup",), rescan)
    assert final == "x <EMAIL_ADDRESS> y"
    assert [change.step for change in changes] == ["markup", "mask"]
    assert final[places[0][0] : places[0][1]] == "<EMAIL_ADDRESS>"
    assert looked[0] == "x a@b.org y"


def test_another_column_is_masked_and_goes_out_and_comes_back():
    from auditor.prepare.undo import Outputs, restore

    texts = [f"row {i} of its own words" for i in range(4)]
    c = corpus(texts)
    table = c.table.append_column("phone", pa.chunked_array([pa.array([5551000 + i for i in range(4)])]))
    wide = type(c)(c.name, c.files, table, c.row_id, c.roles)
    found = findings(
        "PII006",
        "warn",
        [1],
        column="phone",
        start=[0],
        end=[7],
        value=["PHONE_NUMBER"],
        entity=["PHONE_NUMBER"],
        confidence=1.0,
    )
    from auditor.checks.run import profile
    from auditor.config.settings import PiiSettings, Settings
    from auditor.prepare.apply import apply_plan
    from tests.prepare.made import drafted

    plan, clusters, options = drafted(wide, [found], validation=0.0, test=0.0, keep_raw=True, steps=())
    options = options.model_copy(update={"pii": PiiSettings(columns=("phone",))})
    assert isinstance(options, Settings)
    result = apply_plan(wide, plan, clusters, options)
    assert result.parts["train"].column("phone").to_pylist() == ["5551000", "<PHONE_NUMBER>", "5551002", "5551003"]
    assert result.masks.to_pylist() == [
        {"row_id": 1, "column": "phone", "start": 0, "end": 14, "entity": "PHONE_NUMBER", "way": "replace"}
    ]
    assert result.ledger.column("outcome").to_pylist() == ["kept", "changed", "kept", "kept"]
    outputs = Outputs(list(result.parts.values()), result.removed, result.changes, result.raw)
    for given_back in (None, wide):
        back = restore(outputs, profile(wide), given_back)
        assert back.table.to_pylist() == wide.table.to_pylist()
        assert back.table.schema.field("phone").type == pa.int64()


def test_masked_rows_are_counted_whatever_the_column():
    texts = ["call 5550100 now", "nothing here at all"]
    found = findings(
        "PII006",
        "warn",
        [0],
        column="text",
        start=[5],
        end=[12],
        value=["PHONE_NUMBER"],
        entity=["PHONE_NUMBER"],
        confidence=1.0,
    )
    result, _ = prepared(corpus(texts), [found], validation=0.0, test=0.0)
    assert result.accounts.rows_masked == 1
    assert result.accounts.masked_places == {"PHONE_NUMBER": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 5550100 now", "call now"),
        ("call 5550100", "call"),
        ("5550100 calls", "calls"),
        ("call 5550100\nnow", "call\nnow"),
        ("5550100", ""),
        ("(5550100)", "()"),
    ],
)
def test_where_nothing_is_put_in_blanks_meet_and_the_place_is_kept(text, expected):
    start = text.index("5550100")
    final, places, _ = cleaned(text, [(start, start + 7, "PHONE_NUMBER")], "redact", ("whitespace",))
    assert final == expected
    assert len(places) == 1
    assert cleaned(final, [], "redact", ("whitespace",))[0] == final
