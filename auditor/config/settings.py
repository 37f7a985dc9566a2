"""All settings of a run, their defaults and allowed values; frozen once built. `auditor.config.loading` fills them."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator

from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.config.bounds import Limits, Thresholds, as_number
from auditor.config.corpus_settings import CorpusSettings, Frozen
from auditor.config.markers import NamesFiles, Option
from auditor.credentials import without_credentials

MaskWay = Literal["replace", "mask", "redact", "surrogate", "hmac", "drop"]
Augment = Literal[
    "none", "swap", "delete", "crop", "keyboard", "ocr", "synonym", "homophone", "contextual", "back-translation"
]
TextStep = Literal[
    "mojibake", "markup", "control", "unicode", "width", "simplified", "traditional", "lower", "whitespace", "none"
]
TEXT_STEPS = tuple(step for step in get_args(TextStep) if step != "none")
"""Text steps in the order in which they are done."""
_WAY_OF_ENTITY = f"^[A-Z][A-Z0-9_]*=(?:{'|'.join(get_args(MaskWay))})$"


PresetName = Literal["classification", "ner", "sft", "preference", "pretrain", "zh", "fast", "strict"]
"""Of `rules/presets.yaml`."""


class DuplicateSettings(Frozen):
    """Near duplicates: Jaccard similarity of token n-grams, found by MinHash bands and verified exactly."""

    ngram: int = Field(3, ge=1, le=20)
    """Length of the n-grams: words, in Chinese characters."""
    threshold: float = Field(0.7, gt=0.0, le=1.0)
    """Jaccard similarity from which two rows are near duplicates."""
    keep: Literal["longest", "first", "newest", "best-label"] = "longest"
    """Which row of a cluster is kept; best-label: one whose label most of the cluster carries, then the longest."""
    semantic: float | None = Field(None, gt=0.0, le=1.0)
    """Also report rows whose embeddings have this cosine similarity, such as 0.9; every row meets every other."""
    semantic_model: Annotated[str | None, NamesFiles()] = None
    """A local folder with a sentence-embedding BERT; default: the packaged one (English)."""


class LabelSettings(Frozen):
    """Label noise by confident learning on out-of-sample probabilities."""

    model: Annotated[str, Option("check", "linear|bert|MODEL", "--label-model")] = Field("linear", min_length=1)
    """What judges labels. linear; or thorough mode, which fine-tunes a BERT a fold: bert (the packaged one for English,
    else a small one trained on the corpus), a hub id or a local folder."""
    folds: int = Field(5, ge=2, le=20)
    """Folds of the linear models; thorough mode takes at most 3."""
    sample_rows: int = Field(45_000, ge=1_000)
    """Rows the linear models are fitted on at most, drawn class by class; all rows are judged, and the report says so.
    Thorough mode takes all rows."""
    epochs: int = Field(4, ge=1, le=100)
    """Epochs of thorough mode's fine-tunings."""
    learning_rate: float | None = Field(None, gt=0.0)
    """Learning rate of thorough mode; not set: 5e-4 for encoders narrower than 512, else 5e-5."""
    max_length: int = Field(64, ge=8, le=512)
    """Tokens that thorough mode reads; longer texts are cut, and the report says so."""
    min_class_rows: int = Field(5, ge=2)
    """Classes with fewer different texts are reported as too small to judge."""
    may_apply: Literal["never", "safe"] = "never"
    """Which suggested labels are marked as applicable: none, or those that are safe and that neighbours share."""


class DiversitySettings(Frozen):
    """Variety of the texts."""

    domain_terms: Annotated[str | None, Option("check", "CSV"), NamesFiles()] = None
    """A CSV with the columns term, entity, relation: which terms of a domain the corpus never mentions."""


class ConversationSettings(Frozen):
    """Chats, instructions, questions with answers, preferences."""

    tokenizer: Annotated[str | None, NamesFiles()] = None
    """A local folder with the tokenizer of the model that will be trained; not set: tokens are estimated from
    characters."""
    max_tokens: int = Field(4096, ge=16)
    """Tokens that the model reads; longer rows are reported."""


class PiiSettings(Frozen):
    """Personal data: patterns on all rows; names and places (NER) on all, a sample or none."""

    ner: Annotated[Literal["full", "sample", "off"], Option("check")] = "sample"
    """Where names and places are looked for: in all rows, in a sample, or not at all."""
    ner_sample: int = Field(300, ge=1)
    """Rows of the sample in which names are looked for."""
    model: str = "auto"
    """Name tagger: ``bert`` (the project's own), a spaCy model, or auto: the best one installed."""
    regions: str = "auto"
    """Comma-separated phone regions; auto follows the corpus language."""
    threshold: float = Field(0.5, ge=0.0, le=1.0)
    """Confidence from which a match is a finding."""
    rules: Annotated[tuple[str, ...], NamesFiles()] = ()
    """Further recognizer files beside ``rules/pii``."""
    exceptions: Annotated[str | None, NamesFiles()] = None
    """A file of values that are allowed, always personal, or accepted until a date."""
    quasi_identifiers: tuple[str, ...] = ()
    """Columns that together could name a person; their k-anonymity is measured."""
    k: int = Field(5, ge=2)
    """Groups of rows that share their quasi-identifiers should have this many rows."""
    columns: tuple[str, ...] = ("*",)
    """Columns beside the text that are searched and masked as well; ``*``: every one that can hold personal data
    (strings, whole numbers, lists and structs of them); ``none``: the text alone."""


_BYTES = {
    unit: base**power
    for power, letter in enumerate("KMGT", 1)
    for unit, base in ((f"{letter}B", 1000), (f"{letter}IB", 1024))
}


def _bytes(size: str) -> int:
    """A size such as ``4GB``, ``1.5 GiB`` or ``500 MB`` in bytes; 0 where it is none."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([A-Z]{2,3})", size.strip().upper())
    return int(float(found[1]) * _BYTES.get(found[2], 0)) if found else 0


_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class StalenessSettings(Frozen):
    """Age against `as_of` (default: today, recorded in the manifest)."""

    as_of: Annotated[date | None, Option("check", "DATE")] = None
    """The day to which ages are counted; not set: today in UTC, recorded in the run."""
    max_age: Annotated[str, Option("check", "AGE")] = "5y"
    """Rows older than this are old: a number with d, w, m (30 days) or y (365 days)."""
    date_format: Annotated[str | None, Option("check", "FORMAT")] = None
    """strptime format for a date column that is ambiguous without it."""
    rules: Annotated[tuple[str, ...], NamesFiles()] = ()
    """Further files of rules for text that dates itself, beside ``rules/staleness.yaml``."""

    @field_validator("max_age")
    @classmethod
    def _is_age(cls, value: str) -> str:
        if re.fullmatch(rf"\d{{1,5}}\s*[{''.join(_DAYS)}]", value := value.strip().lower()) is None:
            raise ValueError("an age is a number with d, w, m or y, such as 18m or 5y")
        return value

    def max_age_days(self) -> int:
        """`max_age` in days: a number with d, w, m (30 days) or y (365 days)."""
        return int(self.max_age[:-1]) * _DAYS[self.max_age[-1]]


class PrepareSettings(Frozen):
    """What `clean` does with the plan."""

    only: Annotated[tuple[str, ...], Option("prepare", "WORDS")] = ()
    """Only these finding codes (or their beginnings) and policy rules; empty: all."""
    skip: Annotated[tuple[str, ...], Option("prepare", "WORDS")] = ()
    """Not these codes and policy rules."""
    policy: Annotated[str | None, NamesFiles()] = None
    """A policy file instead of the shipped ``rules/policy.yaml``."""
    steps: Annotated[tuple[TextStep, ...], Option("prepare", "STEPS")] = (
        "mojibake",
        "control",
        "unicode",
        "whitespace",
    )
    """Text steps, always done in their own order."""
    validation: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the rows that goes into the validation part where the input has none."""
    test: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the rows that goes into the test part where the input has none."""
    split: Annotated[Literal["auto", "stratified", "time"], Option(None, flags="--split")] = "auto"
    """How missing parts are made. auto: by class, classes too small for it stay in train and are named; stratified:
    refused where a class is too small; time: the newest rows are the test part."""
    group: Annotated[str | None, Option("prepare", "COLUMN")] = None
    """A column whose rows of equal value stay in one part, such as a patient or an author."""
    vanishing: Literal["refuse", "allow"] = "refuse"
    """What to do when a class of the train part loses all its rows."""
    balance: Annotated[Literal["none", "weights", "oversample", "undersample"], Option("prepare")] = "weights"
    """How the train part is balanced: class weights in the column `sample_weight`, or rows added or removed."""
    balance_by: Literal["label", "label-group"] = "label"
    """What is balanced: classes, or classes within each group (`group`, else the source column)."""
    balance_ratio: float = Field(1.0, ge=1.0)
    """Largest to smallest class after over- or undersampling: 1 levels them, 4 stops at one to four."""
    augment: Annotated[Augment | str, Option("prepare")] = "swap"
    """How rows are made for small classes of the train part; plug-ins can add to these."""
    augment_budget: float = Field(0.1, ge=0.0, le=2.0)
    """Augmented rows at most, as a share of the train rows."""
    augment_data: Annotated[str | None, NamesFiles()] = None
    """What ``synonym`` reads: a folder with the WordNet files, or in Chinese a file with a set of synonyms a line."""
    augment_models: tuple[str, ...] = ()
    """Folders or hub ids: a masked language model for ``contextual``; two Marian models, into another language and
    back, for ``back-translation``."""
    augment_check: bool = True
    """Whether new rows that a label model takes for another class are thrown away."""
    mask: Annotated[MaskWay, Option("prepare")] = "replace"
    """How personal data is masked. replace: ``<EMAIL_ADDRESS>``; mask: asterisks of the same length; redact: nothing;
    surrogate: an invented value of the same kind; hmac: ``<EMAIL_ADDRESS_token>``, one token per value (needs a key);
    drop: the row goes."""
    mask_entities: tuple[Annotated[str, Field(pattern=_WAY_OF_ENTITY)], ...] = ()
    """Other ways for single types, each TYPE=WAY with the ways of `mask`, such as ``CREDIT_CARD=redact``."""
    mask_possible: bool = False
    """Whether values of which only the form fits (a number that could be a telephone number) are masked as well."""
    key_file: Annotated[str | None, NamesFiles()] = None
    """File with the key of pseudonyms and surrogates, mode 0600: 32 bytes, or 64 hexadecimal digits."""
    key_env: str = "AUDITOR_KEY"
    """Environment variable with the key (64 hexadecimal digits), read where no `key_file` is given."""
    unchecked: Literal["refuse", "mask", "drop"] = "refuse"
    """Rows in which a recognizer ran out of time: refuse to write a data set, mask the whole text, or drop the row."""
    half_life: float | None = Field(None, gt=0.0)
    """Days after which a train row counts half as much as a new one (policy rule ``half-life``); not set: no
    weights."""
    max_removed: Annotated[float, BeforeValidator(as_number), Option("prepare", "SHARE")] = Field(0.5, ge=0.0, le=1.0)
    """A plan that removes a larger share of the rows, such as 0.1 or 10%, is refused."""
    keep_raw: Annotated[bool, Option("prepare")] = False
    """Keep the raw values of removed and changed rows in ``raw/`` (mode 0600), for ``--undo`` without the input."""

    @field_validator("steps")
    @classmethod
    def _in_order(cls, value: tuple[TextStep, ...]) -> tuple[str, ...]:
        if {"simplified", "traditional"} <= set(value):
            raise ValueError("only one of the steps simplified and traditional can be done")
        return tuple(name for name in TEXT_STEPS if name in value)


class GradeSettings(Frozen):
    """What a data set needs to be graded at all."""

    min_rows: int = Field(30, ge=1)
    """Readable rows; with fewer there is no overall grade, and no dimension is graded A or B."""
    min_dimensions: int = Field(3, ge=1)
    """Judged dimensions; with fewer the overall grade is B at best."""


class ReportSettings(Frozen):
    """What reports lead to."""

    docs_url: str = ""
    """Where the pages of this documentation are, such as ``https://example.org/auditor``: codes in reports and SARIF
    lead to their pages there. A path such as ``..`` is one beside the report. Not set: no links."""

    both_languages: bool = False
    """Whether a run writes its page in English and in Chinese, each with a link to the other."""

    @staticmethod
    def is_base(address: str) -> bool:
        """Whether pages may lie below an address: http, https, or a path."""
        return re.fullmatch(r"https?://[^\s\"'<>]+|[^\s\"'<>:/][^\s\"'<>:]*", address) is not None

    @field_validator("docs_url")
    @classmethod
    def _is_base(cls, value: str) -> str:
        if value and not cls.is_base(value):
            raise ValueError("an address begins with https:// or http://, or is a path without a colon")
        return value


class Settings(Frozen):
    """All settings of a run."""

    presets: Annotated[tuple[PresetName, ...], Option("common", "NAME,...", "--for")] = ()
    """Settings for a purpose, with commas: see `rules/presets.yaml`. The last of several wins, and whatever else is set
    wins over them."""
    plugins: tuple[str, ...] = ()
    """Modules of your own that add checks, readers, report and review formats, augmenters or benchmark tasks: names of
    modules, or paths of ``.py`` files (see ``docs/extending.md``). They are imported and run: name only what you trust.
    """
    reference: Annotated[
        tuple[str, ...], Option("check", "PATH", is_repeatable=True), NamesFiles(may_be_pattern=True)
    ] = ()
    """Files, or an index of `auditor index`, whose rows are looked for in the input."""
    since: Annotated[str | None, Option("check", "RUN"), NamesFiles()] = None
    """An earlier run folder: the input is a batch that came after it, and is compared with all rows that run knows of;
    see `auditor rules NEW001`."""
    keep_state: bool = True
    """Whether the run keeps hashes and counts of its rows (``state/``), so that a later one can be `since` it."""
    baseline: Annotated[str | None, Option("check", "RUN"), NamesFiles()] = None
    """An earlier run folder whose findings are known: `fail_on` and `limits` ask only for what is new or worse. Rows
    are known by their content, wherever they stand."""
    seed: Annotated[int, Option("common")] = Field(0, ge=0)
    """Seed of everything that is drawn."""
    workers: Annotated[int, Option("common")] = Field(0, ge=0)
    """Processes; 0: one per core where the corpus is large enough to gain."""
    memory: Annotated[str | None, Option("common", "SIZE")] = None
    """Memory that all processes of a run may have together, such as 4GB or 500MB; fewer processes are used where they
    would need more, and a run that needs more even so ends with an error. Not set: what there is."""
    engine: Annotated[Literal["local", "ray"], Option("common")] = "local"
    """Where the checks compute: in processes of this machine, or on Ray (needs the package)."""
    ray_address: Annotated[str | None, Option("common", "ADDRESS")] = None
    """Address of a Ray cluster, such as 10.0.0.1:6379; not set: Ray is started on this machine."""
    profile: Annotated[bool, Option("common")] = False
    """Say at the end where time and memory went, by stage and by check; the manifest has it too."""
    select: Annotated[tuple[str, ...], Option("check", "CODES")] = ()
    """Only these finding codes, beginnings of codes (``DUP``, ``PII9``) or dimensions (``duplicates``); empty: all."""
    ignore: Annotated[tuple[str, ...], Option("check", "CODES")] = ()
    """Not these codes, beginnings of codes or dimensions."""
    fail_on: Annotated[Literal["info", "warn", "fail", "never"], Option("check")] = "never"
    """Exit with 1 when a finding or a judged metric is at this level or above."""
    min_grade: Annotated[Literal["A", "B", "C", "D"] | None, Option("check")] = None
    """Exit with 1 when the overall grade is below this letter."""
    limits: Annotated[Limits, Option("check", "METRIC=VALUE", "--max", is_repeatable=True)] = Field(
        default_factory=dict
    )
    """Exit with 1 when a metric is above its value here, such as ``duplicates.rate = 0.01`` or 1%."""
    thresholds: Thresholds = Field(default_factory=dict)
    """Other bounds of judged metrics: the largest values of the grades A, B, C and D, such as ``duplicates.rate =
    [0.01, 0.02, 0.05, 0.2]``."""
    grades: GradeSettings = GradeSettings()
    lang: Annotated[Literal["en", "zh"], Option("common")] = "en"
    """Language of the report."""
    effects: bool = True
    """Whether a run measures what each remedy that it offers would change: the remedy is planned and the planned rows
    are graded again. Else `auditor fix` measures it."""
    excerpts: Literal["auto", "all", "none"] = "auto"
    """Whether reports show pieces of texts, what the search finds of personal data in them hidden. auto: not those in a
    language for which there is no name tagger; all: those too; none: no text at all (also: false)."""

    @field_validator("excerpts", mode="before")
    @classmethod
    def _yes_or_no(cls, value: object) -> object:
        return {"true": "auto", "false": "none"}.get(str(value).lower(), value)

    report: ReportSettings = ReportSettings()
    corpus: CorpusSettings = CorpusSettings()
    duplicates: DuplicateSettings = DuplicateSettings()
    labels: LabelSettings = LabelSettings()
    diversity: DiversitySettings = DiversitySettings()
    conversations: ConversationSettings = ConversationSettings()
    pii: PiiSettings = PiiSettings()
    staleness: StalenessSettings = StalenessSettings()
    prepare: PrepareSettings = PrepareSettings()
    benchmark: BenchmarkSettings = BenchmarkSettings()

    @field_validator("memory")
    @classmethod
    def _is_size(cls, value: str | None) -> str | None:
        if value is not None and not _bytes(value):
            raise ValueError("a size is a number with KB, MB, GB or TB, such as 4GB")
        return value

    def memory_bytes(self) -> int | None:
        """`memory` in bytes; None: any."""
        return None if self.memory is None else _bytes(self.memory)

    def threads(self) -> int:
        """How many threads may compute at the same time in this process."""
        return self.workers or os.cpu_count() or 1

    def today(self) -> date:
        """The day against which dates are judged: `as_of`, else today in UTC."""
        return self.staleness.as_of or datetime.now(UTC).date()

    def written(self) -> dict[str, object]:
        """As plain data for files: what opens an address is masked (`auditor.credentials`)."""
        return without_credentials(self.model_dump(mode="json"))

    def dated(self) -> Settings:
        """These settings with `today` as the as-of date, so that it is recorded."""
        return self.model_copy(update={"staleness": self.staleness.model_copy(update={"as_of": self.today()})})

    def wants(self, code: str) -> bool:
        """Whether a code is selected, or for the prefix of a check (``DUP``) any code of it."""
        chosen = not self.select or any(code.startswith(p) or _is_code_of(p, code) for p in self.select)
        return chosen and not any(code.startswith(p) for p in self.ignore)

    @property
    def has_gate(self) -> bool:
        """Whether the exit code depends on what is found."""
        return self.fail_on != "never" or self.min_grade is not None or bool(self.limits)

    @field_validator("select", "ignore")
    @classmethod
    def _upper(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.strip().upper() for word in value if word.strip())


def _is_code_of(code: str, prefix: str) -> bool:
    """Whether `code` is a code, or the beginning of codes, of the check with this prefix."""
    return code.startswith(prefix) and code[len(prefix) :].isdigit()
