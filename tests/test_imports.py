import subprocess
import sys

import pytest

from auditor.imports import lazy_package

LEAN = """
import sys
from datetime import date
from auditor.pii.detector import Detector
from auditor.config.settings import PiiSettings

own = Detector(PiiSettings(), "en", date(2026, 1, 1))
[spans] = own.spans(["card 4111 1111 1111 1111, passport 912803456"], ner=False)
assert [span.entity for span in spans] == ["CREDIT_CARD", "US_PASSPORT"], spans
print(*sorted({"spacy", "torch", "transformers", "presidio_analyzer.analyzer_engine"} & set(sys.modules)))

import presidio_analyzer
from presidio_analyzer import AnalyzerEngine, PatternRecognizer
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import IbanRecognizer, SpacyRecognizer

assert type(presidio_analyzer).__name__ == "module"
assert NlpArtifacts.__module__ == "presidio_analyzer.nlp_engine.nlp_artifacts"
used = {type(item).__name__: type(item) for item in own._stock.recognizers}
assert used["IbanRecognizer"] is IbanRecognizer
assert issubclass(IbanRecognizer, PatternRecognizer)
"""


def test_recognizers_need_neither_engines_nor_models_and_who_wants_all_of_presidio_gets_it() -> None:
    done = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_every_recognizer_is_found_as_it_is_by_presidio_itself() -> None:
    names = ["EmailRecognizer", "UsNpiRecognizer", "UsClaimNumberRecognizer", "CaSinRecognizer"]
    script = (
        "from auditor.pii.patterns.presidio import recognizer_class\n"
        f"own = {{name: recognizer_class(name) for name in {names!r}}}\n"
        "import presidio_analyzer.predefined_recognizers as all_of_them\n"
        "assert own == {name: getattr(all_of_them, name) for name in own}\n"
        "assert recognizer_class('NoSuchRecognizer') is None\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_augmenters_of_words_need_no_transformers_and_are_those_of_nlpaug() -> None:
    script = (
        "import sys\nfrom auditor.prepare.augment.nlpaug_adapter import word_augmenters\n"
        "own = word_augmenters('random').RandomWordAug, word_augmenters('synonym').SynonymAug\n"
        "print('transformers' in sys.modules)\n"
        "import nlpaug.augmenter.word as whole\n"
        "assert own == (whole.RandomWordAug, whole.SynonymAug)\n"
        "assert own[0]().augment('red green blue') and issubclass(own[0], whole.WordAugmenter)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr


@pytest.mark.parametrize("gone", ["BASES = (('no_such_module', 'Gone'),)", "BASES = (('pattern', 'Gone'),)"])
def test_a_presidio_that_is_built_otherwise_is_imported_whole(gone: str) -> None:
    script = (
        "import sys\nfrom auditor.pii.patterns import presidio\n"
        f"presidio.{gone}\n"
        "kind = presidio.recognizer_class('EmailRecognizer')\n"
        "import presidio_analyzer.predefined_recognizers as all_of_them\n"
        "assert kind is all_of_them.EmailRecognizer\n"
        "assert 'presidio_analyzer.analyzer_engine' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_function_of_cleanlab_brings_no_data_loaders_in() -> None:
    script = (
        "import sys\nfrom auditor.imports import lazy_package\nlazy_package('cleanlab')\n"
        "from cleanlab.filter import find_label_issues\n"
        "assert 'cleanlab.datalab' not in sys.modules\n"
        "import cleanlab\nassert cleanlab.filter.find_label_issues is find_label_issues\n"
        "assert cleanlab.__version__ and 'cleanlab.classification' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_package_that_is_not_there_says_so() -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        lazy_package("no_such_package_of_ours")
    assert caught.value.name == "no_such_package_of_ours"
