"""Split a written date into numbers, words, time of day and zone, without interpreting the numbers."""

from __future__ import annotations

from dataclasses import dataclass

import regex  # type: ignore[import-untyped]

from auditor.text.date_words import fold_date

MAX_DATE_LENGTH = 100
"""Maximum length of a date in characters."""
_ZONES = {"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
          "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "met": 1, "mest": 2, "jst": 9}  # fmt: skip
_OFFSET = (
    r"(?:(?:utc|gmt)?(?P<sign>[+-])(?P<zh>\d{2})(?::?(?P<zm>\d{2}))?(?!\d)(?:\s+(?:utc|gmt)\b)?|(?:utc|gmt)(?P<sign>[+-])(?P<zh>\d{1,2})(?!\d)"
    r"|(?P<zone>" + "|".join(_ZONES) + r")\b|(?P<zone>(?:[a-z]+ ){1,3}time))"
)
_HALF = r"(?P<half>[ap])\.?\s?m\b\.?"
_CLOCK = regex.compile(
    r"(?<!\d)(?:(?P<early>上午|凌晨|早上|清晨|오전|午前)|(?P<late>下午|晚上|中午|傍晚|오후|午後))?\s*"
    r"(?:(?P<h>\d{1,2})(?:\s*h\s*(?P<m>\d{2})|:(?P<m>\d{2})(?::(?P<s>\d{1,2})(?:[.,]\d+(?:(?!z|[ap]m)[a-z]{1,2}\b)?)?)?)"
    r"|(?P<h>\d{1,2})\s*[时時点點시]\s*(?:(?P<m>\d{1,2})\s*[分분]?\s*(?:(?P<s>\d{1,2})\s*[秒초])?)?"
    r"|(?<=(?:kl|klo|pukul)\.?\s*)(?P<h>\d{1,2})\.(?P<m>\d{2})(?:\.(?P<s>\d{2}))?"
    r"|(?<=\d{4},?\s+)(?P<h>\d{1,2})\.(?P<m>\d{2})(?:\.(?P<s>\d{2}))?(?=\s*$)"
    rf"|(?P<h>\d{{1,2}})(?=\s*{_HALF}))"
    rf"(?!\d)(?:\s*{_HALF})?(?:\s*{_OFFSET})?(?:\s*\([^()]*\))?"
)
_ISO_T = regex.compile(r"\dt$")
_COMPACT = regex.compile(
    r"(?P<y>[12]\d{3})(?P<M>\d{2})(?P<d>\d{2})(?:[t_ ]?(?P<h>\d{2})(?P<m>\d{2})(?P<s>\d{2})?(?:[.,]\d+)?)?"
    rf"(?:\s*{_OFFSET})?"
)
_WEEKDAY = regex.compile(
    r"\(?(?:(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일)\)?|\([月火水木金土日월화수목금토일一二三四五六]\)"
)
_TOKEN = regex.compile(
    r"(?P<mark>ngay|thang|thg|nam)\.?\s*(?P<n>\d+)"
    r"|(?P<n>\d+)(?:(?:st|nd|rd|th|er|o|a)(?![\p{L}\p{M}])|\s*(?P<mark>[年년月월日号號일]|оны|-р сарын))?"
    r"|(?P<word>[\p{L}\p{M}]+)|(?P<sep>[^\p{L}\p{M}\d]+)"
)
_ROLES = {"年": "y", "년": "y", "nam": "y", "оны": "y", "-р сарын": "M", "月": "M", "월": "M", "thang": "M", "thg": "M",
          "日": "d", "号": "d", "號": "d", "일": "d", "ngay": "d"}  # fmt: skip
_SEPARATORS = regex.compile(r"[\s_|.,/\-–—'’()،、॰׳\u200e\u200f:·]*")
_HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_HAN_DATE = regex.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})[日号])?"
)
ERA = regex.compile(
    r"令和|平成|昭和|大正|明治|民國|民国|佛[暦历曆]|พ\s?\.?\s?ศ|(?<![\p{L}])b\.?\s?e\.?(?![\p{L}])|(?<![\p{L}])a\.?\s?h\.?(?![\p{L}])"
    r"|^[mtshr]\s?\d{1,2}[./年-]|هـ|هجري|هجری|فروردین|اردیبهشت|خرداد|شهریور|مهر\b|آبان|بهمن|اسفند|محرم|رمضان|شعبان"
)
"""Marks of years of other eras and calendars than the common era."""


@dataclass(frozen=True)
class Clock:
    """A time of day: `half` is ``am`` or ``pm``, `zone` is in minutes east of UTC; both are None if not given."""

    hour: int = 0
    minute: int = 0
    second: int = 0
    half: str | None = None
    zone: int | None = None


@dataclass(frozen=True)
class Parts:
    """The components of a written date.

    Attributes:
        numbers: digits of each number outside the time of day, as written.
        roles: one character per number: ``y``, ``M`` or ``d`` if a mark beside it says so, otherwise ``?``.
        separators: the text between each two consecutive numbers; None if there is a word between them.
        words: case-folded words outside the time of day.
        places: for each word, how many numbers precede it.
        clock: the time of day, if there is one.
    """

    numbers: tuple[str, ...]
    roles: str
    separators: tuple[str | None, ...]
    words: tuple[str, ...]
    places: tuple[int, ...]
    clock: Clock | None


def split_date(text: str) -> Parts | None:
    """The components of a date; None for text that does not look like a date."""
    if len(text) > MAX_DATE_LENGTH:
        return None
    text = fold_date(_with_digits(text.strip()))
    if not any(c.isdigit() for c in text):
        return None
    if compact := _COMPACT.fullmatch(text):
        clock = _clock(compact.groupdict()) if compact["h"] else None
        return Parts((compact["y"], compact["M"], compact["d"]), "yMd", ("", ""), (), (), clock)
    text = _WEEKDAY.sub(" ", text)
    found = _CLOCK.search(text)
    clock = _clock(found.groupdict()) if found else None
    if found:
        before, after = text[: found.start()].rstrip(), text[found.end() :]
        text = (before[:-1] if _ISO_T.search(before) else before) + "  " + after.lstrip()
    return _tokens(text.strip(), clock)


def _tokens(text: str, clock: Clock | None) -> Parts | None:
    numbers: list[str] = []
    words: list[str] = []
    places: list[int] = []
    separators: list[str | None] = []
    roles, between = "", None
    for token in _TOKEN.finditer(text):
        if token["sep"] is not None:
            if not _SEPARATORS.fullmatch(token["sep"]) or (not numbers and not words and token["sep"] != "("):
                return None
            between = token["sep"] if between == "" else between
        elif token["word"] is not None:
            words.append(token["word"])
            places.append(len(numbers))
            between = None
        else:
            if numbers:
                separators.append(between)
            numbers.append(token["n"])
            roles += _ROLES.get(token["mark"] or "", "?")
            between = ""
    if not 1 <= len(numbers) <= 3:
        return None
    return Parts(tuple(numbers), roles, tuple(separators), tuple(words), tuple(places), clock)


def _clock(groups: dict[str, str | None]) -> Clock:
    half = {"a": "am", "p": "pm"}.get(groups.get("half") or "")
    half = "am" if groups.get("early") else "pm" if groups.get("late") else half
    zone = None
    if groups.get("zone"):
        zone = 60 * _ZONES.get(str(groups["zone"]), 0)  # other zones, such as "Eastern Daylight Time", are read as UTC
    elif groups.get("sign"):
        zone = (60 * int(groups["zh"] or 0) + int(groups["zm"] or 0)) * (-1 if groups["sign"] == "-" else 1)
    return Clock(int(groups["h"] or 0), int(groups["m"] or 0), int(groups["s"] or 0), half, zone)


def _with_digits(text: str) -> str:
    """Replace Chinese numerals in a date such as 二〇二四年三月五日 by digits."""
    found = _HAN_DATE.match(text)
    if found is None:
        return text
    month, day = _han_number(found[2]), _han_number(found[3]) if found[3] else None
    return f"{found[1].translate(_HAN_DIGITS)}年{month}月" + (f"{day}日" if day else "") + text[found.end() :]


def _han_number(text: str) -> str:
    """Convert 一 to 三十一 to digits."""
    if "十" not in text:
        return text.translate(_HAN_DIGITS)
    tens, _, ones = text.partition("十")
    return (tens.translate(_HAN_DIGITS) or "1") + (ones.translate(_HAN_DIGITS) or "0")
