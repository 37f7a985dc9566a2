"""Augmentation by language models: tiny ones, made here, through the code that loads and runs real ones."""

import warnings

import numpy as np
import pytest

from auditor.errors import InputError, SafetyError, UsageError
from auditor.prepare.augment.base import AugmentOptions
from auditor.prepare.augment.generate import augment
from auditor.prepare.augment.registry import load_augmenter
from tests.prepare.tiny_models import BACK, PAIRS, marian, marian_back, masked_model

pytest.importorskip("torch")
pytest.importorskip("sentencepiece")
WORDS = ["please", "good", "bad", "room", "the", "is", "nice", "refund", "我", "他", "们", "好", "很"]


@pytest.fixture(scope="module")
def expects(tmp_path_factory):
    return str(masked_model(tmp_path_factory.mktemp("masked"), WORDS, ["nice", "good", "他", "们"]))


@pytest.fixture(scope="module")
def ways(tmp_path_factory):
    base = tmp_path_factory.mktemp("marian")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there, loss = marian(base / "there")
        assert loss < 0.3  # it has learnt its ten words
        return str(there), str(marian_back(base / "back", there))


def changed(method, text, models, spared=(), language="en"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = load_augmenter(method, AugmentOptions(language, 0, None, models))
        return made.transform([text], set(spared))([text] * 30), made.recipe


def test_words_become_what_the_model_expects_and_the_rest_stays(expects):
    texts, recipe = changed("contextual", "The (bad) room isn't Bad, <PERSON_bcdfghjkmnpqrstv>!", [expects], {"room"})
    assert recipe == "masked-model-contextual"
    assert len(set(texts)) > 2
    for text in texts:
        assert text[0].isupper()
        assert text.endswith(", <PERSON_bcdfghjkmnpqrstv>!")
        assert " room isn't " in text
        words = text.replace("(", "").replace(")", "").split()
        assert {words[0], words[1]} <= {"The", "Nice", "Good", "bad", "nice", "good"}
    assert (
        texts == changed("contextual", "The (bad) room isn't Bad, <PERSON_bcdfghjkmnpqrstv>!", [expects], {"room"})[0]
    )


def test_a_share_of_a_long_text_is_changed_and_what_the_model_cannot_see_stays(expects):
    text = " ".join(["bad room"] * 300)
    for new in changed("contextual", text, [expects])[0][:5]:
        pairs = list(zip(text.split(), new.split(), strict=True))
        assert len([a for a, b in pairs if a != b]) <= 10
        assert all(a == b for a, b in pairs[70:])  # 64 positions


def test_chinese_characters_become_characters(expects):
    for new in changed("contextual", "我们很好ok", [expects], {"好"}, "zh")[0]:
        assert len(new) == 6
        assert new[3:] == "好ok"
        assert set(new[:3]) <= set("我们很他")


def test_copies_by_the_model_go_through_the_same_gates(expects):
    texts = [f"refund my bad room {i} <EMAIL_ADDRESS>" for i in range(12)] + [f"large bad room {i}" for i in range(60)]
    labels = ["refund"] * 12 + ["large"] * 60
    made = augment(texts, labels, method="contextual", budget=0.3, language="en", seed=0, models=[expects])
    assert made
    for one in made:
        assert one.recipe == "masked-model-contextual"
        assert "refund" in one.text and "<EMAIL_ADDRESS>" in one.text
        assert one.text not in texts
    assert len({one.text for one in made}) == len(made)


def test_texts_come_back_from_another_language(ways):
    text = "please send my card now\nthe money lost <EMAIL_ADDRESS> please send the new money"
    texts, recipe = changed("back-translation", text, ways)
    assert recipe == "marian-back-translation"
    assert texts == [text.replace("card", "ticket").replace("money", "cash")] * 30
    assert BACK[PAIRS["card"]] == "ticket"


def test_back_translated_copies_go_through_the_same_gates(ways):
    small = ["please send my card now", "please send the new money", "the new card lost", "please now send the card"]
    texts = [*small, "bank <EMAIL_ADDRESS> please send my money", *(f"large thing {i}" for i in range(40))]
    labels = ["small"] * 5 + ["large"] * 40
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = {"method": "back-translation", "budget": 0.3, "language": "en", "seed": 0, "models": ways}
        made = augment(texts, labels, **kind)
        assert made == augment(texts, labels, **kind)
    assert made
    for one in made:
        # one way to translate a text, so one copy of it at most; cue words (please, send ...) are all there
        assert one.text == texts[one.parent].replace("card", "ticket").replace("money", "cash")
    assert len({one.parent for one in made}) == len(made)


@pytest.mark.parametrize(("method", "models"), [
    ("contextual", ()), ("contextual", ("a", "b")), ("contextual", ("../none/of it",)),
    ("back-translation", ()), ("back-translation", ("one",)),
])  # fmt: skip
def test_models_that_are_not_named_are_asked_for(method, models):
    with pytest.raises(UsageError, match="nothing is downloaded") as caught:
        load_augmenter(method, AugmentOptions("en", 0, None, models))
    assert "prepare.augment_models" in caught.value.fix


def test_a_model_without_a_head_for_masked_words_is_refused(tmp_path, expects):
    """It would name words at random: transformers fills the missing head with noise and only warns."""
    from transformers import AutoTokenizer, BertConfig, BertModel

    config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    BertModel(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(expects).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="no trained head"):
        load_augmenter("contextual", AugmentOptions("en", 0, None, [str(tmp_path)]))


def test_other_models_pickles_and_foreign_code_are_refused(tmp_path, expects, ways):
    import json
    import shutil

    with pytest.raises(InputError, match="cannot be loaded"):
        load_augmenter("back-translation", AugmentOptions("en", 0, None, [expects, expects]))
    pickled = shutil.copytree(expects, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(SafetyError, match="not safetensors"):
        load_augmenter("contextual", AugmentOptions("en", 0, None, [str(pickled)]))
    foreign = shutil.copytree(expects, tmp_path / "foreign")
    config = json.loads((foreign / "config.json").read_text())
    (foreign / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModelForMaskedLM": "evil.Evil"}}))
    with pytest.raises(SafetyError, match="own code"):
        load_augmenter("contextual", AugmentOptions("en", 0, None, [str(foreign)]))
    with pytest.raises(InputError, match="reachable on the hub"):  # the network is off in tests
        load_augmenter("contextual", AugmentOptions("en", 0, None, ["no-such/model"]))


def test_a_run_loads_a_model_once(expects, monkeypatch, tmp_path):
    import shutil

    import transformers

    from auditor.config.loading import load_settings
    from auditor.prepare.augment.stage import new_rows, require_augmenter
    from tests.corpora import corpus

    loads = []
    real = transformers.AutoModelForMaskedLM.from_pretrained

    def counted(source, **options):
        loads.append(source)
        return real(source, **options)

    monkeypatch.setattr(transformers.AutoModelForMaskedLM, "from_pretrained", counted)
    folder = shutil.copytree(expects, tmp_path / "model")
    texts = [f"refund my bad room {i}" for i in range(12)] + [f"large bad room {i}" for i in range(60)]
    labels = ["refund"] * 12 + ["large"] * 60
    settings = load_settings(
        options={
            "prepare.augment": "contextual",
            "prepare.augment_budget": 0.3,
            "prepare.augment_models": [str(folder)],
        }
    )
    c = corpus(texts, labels=labels)
    require_augmenter(c, settings)
    assert new_rows(c, np.arange(72), texts, labels, {}, settings, lambda done, total: None)
    assert loads == [str(folder)]
    require_augmenter(c, settings)  # the run before let go of it
    assert len(loads) == 2
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    require_augmenter(c, settings)  # another model now
    assert len(loads) == 3
