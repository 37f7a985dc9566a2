"""``rules/pii/*.yaml`` as recognizers.

The form is Presidio's, with keys of our own:

- ``validate``: a name of `validators.VALIDATORS`; ``proof``: the form alone is as strong as a checksum.
- ``distinctive``: the form is used for almost nothing else, which is strong evidence too; ``zh``: in Chinese text.
- ``needs_context``: report a hit only beside a context word; ``context_after``: words that follow.
- ``heading_only``: only the column name supports a hit, which must be the whole value.
- ``veto`` and ``veto_after``: words that say it is something else; ``cuts``: longer words of which a hit must not be a
  part. Lists that several rules share are named ``$name``; see `context`.
- ``no_chinese``: a pattern of whole values that are something else next to Chinese characters (service numbers).
- ``across_lines``: a line end may interrupt the value.
- ``trigger`` of a rule or pattern: a cheaper pattern that occurs in a line wherever it does.
- ``supported_regions``: the rule is omitted if the run has none of these regions.
- ``validated: false`` for Presidio's own recognizers: a valid check digit is not proof.

Patterns are RE2, which has linear run time for any pattern; patterns that RE2 does not support (lookaround, back
references) are rejected when the file is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from auditor.errors import InputError, nearest
from auditor.message import Text
from auditor.pii.context import NO_CONTEXT, WORDS_FILE, Context, any_of, expanded, word_lists
from auditor.pii.patterns.rule_types import type_fault
from auditor.pii.patterns.validators import CHECKSUMS, CHECKSUMS_BESIDE_A_WORD, PHONE, VALIDATORS, validator
from auditor.resources import resource_dir
from auditor.rules import read_yaml

PRESIDIO_FLAGS = 26
"""Presidio's default flags: ignore case, multi-line, dot matches all."""
DENY_LIST_SCORE = 1.0
Item: TypeAlias = Mapping[str, Any]
"""A recognizer or pattern of a file, with all keys verified by `type_fault`."""
KEYS = frozenset({
    "name", "supported_entity", "supported_language", "supported_languages", "patterns", "deny_list",
    "deny_list_score", "context", "context_after", "veto", "veto_after", "cuts", "heading_only", "distinctive",
    "type", "enabled", "country_code", "validate", "needs_context", "proof", "trigger", "across_lines",
    "validated", "score", "supported_regions", "no_chinese",
})  # fmt: skip


@dataclass(frozen=True)
class PatternRule:
    """One RE2 pattern of a recognizer of type ``custom``."""

    name: str
    entity: str
    pattern: str
    """RE2 source, inline flags first."""
    score: float
    validate: str | None
    proof: bool
    """Whether a hit that passes the check is practically certain."""
    context: Context
    trigger: str | None
    """RE2 source that occurs in a line of every text in which the pattern does; None: none is known."""
    line_local: bool
    """Whether no match can contain a newline, so that unique lines can be searched instead of texts."""
    across_lines: bool = False
    """Whether the value is also searched for across a line end."""

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans (code points) of the values in `text` that pass the rule's check, in order."""
        compiled = _compiled(self.pattern)
        group = compiled.groupindex.get("value", 0)
        check = validator(self.validate) if self.validate else None
        data = text.encode()
        characters = position = 0  # code points before byte `position`
        at = 0
        while (match := compiled.search(data, at)) is not None:
            low, high = match.span(group)
            at = max(high, at + 1)  # from the end of the value: its right edge may be the left edge of the next
            while at < len(data) and data[at] & 0xC0 == 0x80:
                at += 1
            if low == high:
                continue
            start = characters + len(data[position:low].decode())
            value = data[low:high].decode()
            characters, position = start, low
            if check is None or check(value):
                yield start, start + len(value)


@dataclass(frozen=True)
class StockRule:
    """One of Presidio's recognizers as the project uses it."""

    name: str
    """Class in ``presidio_analyzer.predefined_recognizers``."""
    score: float
    context: Context
    validated: bool = True
    """Whether Presidio's full score (a passed check) is proof."""
    regions: tuple[str, ...] = ()
    file: str | None = None
    """The user's file that defines it; None: built in."""


@dataclass(frozen=True)
class RuleSet:
    """All rules of a run."""

    patterns: tuple[PatternRule, ...]
    stock: tuple[StockRule, ...]


def rule_files(further: Sequence[str] = ()) -> list[Path]:
    """The built-in recognizer files sorted by name, then the user's."""
    folder = resource_dir("rules") / "pii"
    shipped = sorted(path for path in folder.glob("*.yaml") if path.name not in {"entities.yaml", WORDS_FILE})
    return [*shipped, *(Path(name) for name in further)]


def load_rules(further: Sequence[str] = (), regions: Sequence[str] = ("US",)) -> RuleSet:
    """The built-in recognizers and those of the user's files.

    Args:
        further: the user's files.
        regions: ISO 3166 codes in whose numbering plans ``validate: phone`` holds.

    Raises:
        InputError: a malformed file, or a pattern that RE2 does not support; gives file and rule.

    """
    patterns: list[PatternRule] = []
    stock: list[StockRule] = []
    for path in rule_files(further):
        tree = read_yaml(path)
        if not isinstance(tree, dict) or not isinstance(tree.get("recognizers"), list):
            raise _refused(path, "the file", "it has no list `recognizers`", "Write it as rules/pii/generic.yaml is.")
        flags = tree.get("global_regex_flags", PRESIDIO_FLAGS)
        if not isinstance(flags, int) or isinstance(flags, bool):
            raise _refused(
                path,
                "global_regex_flags",
                "it is no whole number",
                Text("Leave it out, or give {0}.", str(PRESIDIO_FLAGS)),
            )
        for item in tree["recognizers"]:
            _check_item(path, item)
            if not item.get("enabled", True):
                continue
            if item.get("type") == "predefined":
                own_file = str(path) if str(path) in further else None
                stock.append(replace(_stock_rule(path, item), file=own_file))
                continue
            item_regions = item.get("supported_regions", regions)
            if valid_in := [region for region in regions if region in item_regions]:
                patterns += _pattern_rules(path, item, flags, valid_in)
    return RuleSet(tuple(patterns), tuple(stock))


def listed_rule(value: str, entity: str) -> PatternRule:
    """A rule for one value that is always `entity`."""
    pattern = f"(?i){_re2_word(value)}"
    return PatternRule("exceptions: deny", entity, pattern, 1.0, None, True, NO_CONTEXT, None, "\n" not in value)


def _refused(path: Path, rule: str, what: str, fix: str) -> InputError:
    return InputError(Text("A privacy rule cannot be used: {0}.", what), where=f"{path}: {rule}", fix=fix)


def _check_item(path: Path, item: object) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise _refused(path, "a recognizer", "it has no name", "Give it a `name`.")
    unknown = sorted(set(item) - KEYS)
    if unknown:
        raise _refused(path, item["name"], Text("unknown key {0}", unknown[0]), nearest(unknown[0], KEYS))
    if fault := type_fault(item):
        raise _refused(path, item["name"], Text("{0} is not {1}", *fault), Text("Give {0}.", fault[1]))
    if item.get("validate", PHONE) not in {*VALIDATORS, PHONE}:
        raise _refused(path, item["name"], "unknown check", nearest(str(item["validate"]), {*VALIDATORS, PHONE}))
    if item.get("type") != "predefined" and not isinstance(item.get("supported_entity"), str):
        raise _refused(path, item["name"], "it names no entity", "Give it a `supported_entity`.")


def _context(path: Path, item: Item) -> Context:
    words = list(item.get("context", ()))
    for language in item.get("supported_languages", ()):
        if isinstance(language, dict):
            words += language.get("context", ())
    try:
        before, after, veto, veto_after, cuts = (
            expanded(given)
            for given in (words, *(item.get(key, ()) for key in ("context_after", "veto", "veto_after", "cuts")))
        )
    except KeyError as error:
        raise _refused(
            path, item["name"], Text("unknown list of words {0}", str(error)), nearest(str(error), word_lists())
        ) from None
    context = Context(
        before=any_of(before),
        after=any_of(after, at_once=True),
        veto=any_of(veto),
        veto_after=any_of(veto_after, at_once=True),
        cuts=any_of(cuts),
        needed=item.get("needs_context", False) or item.get("heading_only", False),
        heading_only=item.get("heading_only", False),
        distinctive=item.get("distinctive", False),
        checksum=item.get("validate") in CHECKSUMS_BESIDE_A_WORD,
        no_chinese=_no_chinese(path, item),
    )
    return NO_CONTEXT if context == NO_CONTEXT else context


def _stock_rule(path: Path, item: Item) -> StockRule:
    return StockRule(
        name=item["name"],
        score=float(item.get("score", 0.5)),
        context=_context(path, item),
        validated=item.get("validated", True),
        regions=tuple(item.get("supported_regions", ())),
    )


def _pattern_rules(path: Path, item: Item, flags: int, regions: Sequence[str]) -> Iterator[PatternRule]:
    context = _context(path, item)
    check = f"{PHONE}:{','.join(regions)}" if item.get("validate") == PHONE else item.get("validate")
    sources = [
        (entry["name"], entry["regex"], float(entry["score"]), _trigger(path, item, entry))
        for entry in item.get("patterns", ())
    ]
    if item.get("deny_list"):
        words = "|".join(_re2_word(word) for word in item["deny_list"])
        sources.append(
            ("deny list", words, float(item.get("deny_list_score", DENY_LIST_SCORE)), _trigger(path, item, {}))
        )
    if not sources:
        raise _refused(path, item["name"], "it has neither patterns nor a deny list", "Give it one of them.")
    for name, regex, score, trigger in sources:
        pattern = f"(?{_inline(flags)}){regex}" if _inline(flags) else regex
        _compile(path, f"{item['name']}: {name}", pattern)
        yield PatternRule(
            name=f"{item['name']}: {name}",
            entity=item["supported_entity"],
            pattern=pattern,
            score=score,
            validate=check,
            proof=item.get("proof", check in CHECKSUMS),
            context=context,
            trigger=trigger,
            line_local=is_line_local(regex, dot_matches_newline=bool(flags & re.DOTALL)),
            across_lines=item.get("across_lines", False),
        )


def _trigger(path: Path, item: Item, entry: Item) -> str | None:
    """The trigger of a pattern, or of its rule."""
    return _shared(path, item, entry.get("trigger", item.get("trigger")))


def _no_chinese(path: Path, item: Item) -> re.Pattern[str] | None:
    source = _shared(path, item, item.get("no_chinese"))
    if source is None:
        return None
    _compile(path, f"{item['name']}: no_chinese", source)  # Python's module supports all patterns that RE2 does
    return re.compile(source)


def _shared(path: Path, item: Item, source: str | None) -> str | None:
    """A pattern as given; ``$name`` refers to one of ``words.yaml``."""
    if source is None or not source.startswith("$"):
        return source
    if not isinstance(found := word_lists().get(source[1:]), str):
        raise _refused(path, item["name"], Text("unknown pattern {0}", source), nearest(source[1:], word_lists()))
    return found


def _re2_word(word: str) -> str:
    left = r"\b" if re.match("[0-9A-Za-z_]", word) else ""
    right = r"\b" if re.search("[0-9A-Za-z_]$", word) else ""
    return left + re.escape(word) + right


def _inline(flags: int) -> str:
    return "".join(letter for letter, flag in (("i", re.I), ("m", re.M), ("s", re.S)) if flags & flag)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


_PROBES = ("", "a", "ab", "1 a", " ", "\n", "-", "Ä")
"""Texts in one of which a pattern that can match nothing, such as `\\b`, does so."""


def _compile(path: Path, rule: str, pattern: str) -> None:
    import re2

    try:
        compiled = _compiled(pattern)
    except re2.error:
        raise _refused(
            path,
            rule,
            "the pattern is not RE2",
            r"Leave out lookaround and back references; use \b and (?P<value>...).",
        ) from None
    if any((match := compiled.search(text)) is not None and match.start() == match.end() for text in _PROBES):
        raise _refused(path, rule, "the pattern matches nothing at all", "Make it match at least one character.")


def is_line_local(regex: str, *, dot_matches_newline: bool) -> bool:
    r"""Whether `regex` certainly cannot match a newline. Conservative: False if unclear.

    Anything that could match one must be written as one of: ``.`` with its flag, ``\s``, ``\n``, a negated
    class or escape, or a code point by number.
    """
    without_safe_classes = re.sub(r"\[\^(?:\\n|\\s)[^\]]*\]", "", regex)
    if dot_matches_newline and re.search(r"(?<!\\)\.", re.sub(r"\[[^\]]*\]", "", without_safe_classes)):
        return False
    return re.search(r"\\[snrvfWDPCxQ0-9]|\[\^|\[\[:|\(\?[a-z]*s|\n", without_safe_classes) is None
