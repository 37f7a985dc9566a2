"""Names of libraries that are nobody's promise: each is listed here, with a check that fails when it is gone or means
something else. Where one is gone the program stops; nothing is then searched less.

Beside names with an underscore, `tests/pii/test_timed.py` holds where Presidio keeps compiled patterns, and
`tests/test_imports.py` how its package and cleanlab's are laid out.
"""

import ast
from pathlib import Path

import pytest

from auditor.errors import CheckError
from auditor.pii.patterns.phones import MATCHER_NAMES, MODULE_NAMES, QuickPhones

SOURCES = sorted((Path(__file__).resolve().parent.parent / "auditor").rglob("*.py"))
LISTED = {
    *MODULE_NAMES,  # phonenumbers, below
    *(name for name in MATCHER_NAMES if name.startswith("_")),
    "_Hash",  # hashlib, in an annotation that is never evaluated
    "_exit",  # of os, documented
    "_replace",  # of named tuples, documented
}
REGIONS = ("US", "GB", "DE", "FR", "CN", "HK", "TW")


def _is_private(name):
    return name.startswith("_") and not name.endswith("__")


def _own_names(trees):
    """Names with an underscore that auditor's own classes and modules define."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                yield node.name
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield node.target.id
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield node.attr


def _foreign_names(tree):
    """Private names that are taken from anything but `self` and `cls`, by a dot, an import or a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}):
                yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            yield from filter(_is_private, [*str(node.module).split("."), *(name.name for name in node.names)])
        elif isinstance(node, ast.Import):
            yield from (part for name in node.names for part in name.name.split(".") if _is_private(part))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("attr"):
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            yield from filter(_is_private, texts)


def test_no_other_private_name_of_a_library_is_used():
    trees = [ast.parse(path.read_text("utf-8")) for path in SOURCES]
    used = {name for tree in trees for name in _foreign_names(tree)}
    assert {"_PATTERN"} <= used  # the search finds what is there
    assert used - set(_own_names(trees)) <= LISTED


@pytest.fixture
def phone_recognizer():
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    return PhoneRecognizer()


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_without_a_name_of_the_phone_matchers_module_the_search_is_refused(monkeypatch, phone_recognizer, name):
    from phonenumbers import phonenumbermatcher

    monkeypatch.delattr(phonenumbermatcher, name)
    with pytest.raises(CheckError, match="phonenumbers"):
        QuickPhones(phone_recognizer, REGIONS)


@pytest.mark.parametrize("name", MATCHER_NAMES)
def test_without_a_name_of_the_phone_matcher_the_search_is_refused(monkeypatch, phone_recognizer, name):
    from phonenumbers import PhoneNumberMatcher

    made = PhoneNumberMatcher.__init__

    def without(self, *args, **options):
        made(self, *args, **options)
        vars(self).pop(name, None)

    monkeypatch.setattr(PhoneNumberMatcher, "__init__", without)
    monkeypatch.delattr(PhoneNumberMatcher, name, raising=False)
    with pytest.raises(CheckError, match="phonenumbers"):
        QuickPhones(phone_recognizer, REGIONS)


def _phone_texts():
    """Texts with one or two numbers of each kind and region, in several forms, beside what may take them away."""
    import phonenumbers as p

    kinds = (p.PhoneNumberType.FIXED_LINE, p.PhoneNumberType.MOBILE, p.PhoneNumberType.TOLL_FREE)
    numbers = [number for r in REGIONS for kind in kinds if (number := p.example_number_for_type(r, kind))]
    forms = (p.PhoneNumberFormat.NATIONAL, p.PhoneNumberFormat.INTERNATIONAL, p.PhoneNumberFormat.E164)
    written = [p.format_number(number, form) for number in numbers for form in forms]
    for one, other in zip(written, [*written[1:], written[0]], strict=True):
        yield from (one, f"call {one} or {other}.", f"{one}/{other}", f"{one} x12", f"a{one}", f"{one}%", f"({one})")
        yield from (f"2024-05-06 08:{one}", f"2024-05-06 {one}", f"12 345 {one}", one.replace(" ", "-"))


def test_the_private_names_of_the_phone_matcher_mean_what_they_did(phone_recognizer):
    from phonenumbers import PhoneNumberMatcher

    quick, found = QuickPhones(phone_recognizer, REGIONS), 0
    for text in _phone_texts():
        ours = [(hit.start, hit.end) for hit in quick.analyze(text, ["PHONE_NUMBER"])]
        theirs = [
            (match.start, match.end)
            for region in REGIONS
            for match in PhoneNumberMatcher(text, region, leniency=phone_recognizer.leniency)
        ]
        assert ours == theirs, text
        found += len(ours)
    assert found > 1000


def test_presidio_takes_domains_from_where_the_network_is_closed(monkeypatch):
    """`close_network` puts an extractor without a network into tldextract; Presidio must ask there, at each call."""
    import tldextract
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    from auditor.pii.patterns.offline import close_network

    close_network()
    assert tldextract.extract.suffix_list_urls == ()
    asked, closed = [], tldextract.extract
    monkeypatch.setattr(tldextract, "extract", lambda text: asked.append(text) or closed(text))
    assert EmailRecognizer().analyze("write to a@firm.com", ["EMAIL_ADDRESS"])
    assert asked == ["a@firm.com"]
