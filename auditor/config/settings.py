"""All settings of a run with defaults and allowed values; immutable. They are loaded by `auditor.config.loading`."""

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
"""Text transforms in the order in which they are applied."""
_WAY_OF_ENTITY = f"^[A-Z][A-Z0-9_]*=(?:{'|'.join(get_args(MaskWay))})$"


PresetName = Literal["classification", "ner", "sft", "preference", "pretrain", "zh", "fast", "strict"]
"""Names of the presets in `rules/presets.yaml`."""


class DuplicateSettings(Frozen):
    """Near duplicates by Jaccard similarity of token n-grams, found by MinHash bands and verified exactly."""

    ngram: int = Field(3, ge=1, le=20)
    """Length of the n-grams in words, for Chinese in characters."""
    threshold: float = Field(0.7, gt=0.0, le=1.0)
    """Smallest Jaccard similarity of near duplicates."""
    keep: Literal["longest", "first", "newest", "best-label"] = "longest"
    """Which row of a cluster is kept; best-label: one with the most frequent label of the cluster, then the longest."""
    semantic: float | None = Field(None, gt=0.0, le=1.0)
    """Also report rows with at least this cosine similarity of embeddings, such as 0.9; compares all pairs of rows."""
    semantic_model: Annotated[str | None, NamesFiles()] = None
    """A local folder with a sentence-embedding BERT; not set: the packaged one (English)."""


class LabelSettings(Frozen):
    """Label noise by confident learning on out-of-sample probabilities."""

    model: Annotated[str, Option("check", "linear|bert|MODEL", "--label-model")] = Field("linear", min_length=1)
    """The model that judges labels. linear; or thorough mode, which fine-tunes a BERT per fold: bert (the packaged one
    for English, otherwise a small one pre-trained on the corpus), a Hub id or a local folder."""
    folds: int = Field(5, ge=2, le=20)
    """Folds of the linear models; thorough mode uses at most 3."""
    sample_rows: int = Field(45_000, ge=1_000)
    """Maximum number of rows on which the linear models are fitted, sampled by class; all rows are judged, and the
    report says so. Thorough mode uses all rows."""
    epochs: int = Field(4, ge=1, le=100)
    """Epochs of fine-tuning in thorough mode."""
    learning_rate: float | None = Field(None, gt=0.0)
    """Learning rate of thorough mode; not set: 5e-4 for encoders narrower than 512, otherwise 5e-5."""
    max_length: int = Field(64, ge=8, le=512)
    """Maximum number of tokens per text in thorough mode; longer texts are truncated, and the report says so."""
    min_class_rows: int = Field(5, ge=2)
    """Classes with fewer distinct texts are reported as too small to judge."""
    may_apply: Literal["never", "safe"] = "never"
    """Which suggested labels are marked as applicable: none, or the safe ones that neighbours share."""


class DiversitySettings(Frozen):
    """Variety of the texts."""

    domain_terms: Annotated[str | None, Option("check", "CSV"), NamesFiles()] = None
    """A CSV with the columns term, entity, relation; domain terms that the corpus never mentions are reported."""


class ConversationSettings(Frozen):
    """Chats, instructions, questions and answers, preferences."""

    tokenizer: Annotated[str | None, NamesFiles()] = None
    """A local folder with the tokenizer of the model to be trained; not set: the number of tokens is estimated from the
    characters."""
    max_tokens: int = Field(4096, ge=16)
    """Maximum number of tokens of the model to be trained; longer rows are reported."""


class PiiSettings(Frozen):
    """Personal data: patterns in all rows; names and places (NER) in all rows, a sample, or none."""

    ner: Annotated[Literal["full", "sample", "off"], Option("check")] = "sample"
    """Where names and places are searched for: in all rows, in a sample, or not at all."""
    ner_sample: int = Field(300, ge=1)
    """Number of rows in the sample in which names are searched for."""
    model: str = "auto"
    """Name tagger: ``bert`` (the project's own), a spaCy model, or auto: the best one installed."""
    regions: str = "auto"
    """Comma-separated phone regions; auto follows the corpus language."""
    threshold: float = Field(0.5, ge=0.0, le=1.0)
    """Smallest confidence of a finding."""
    rules: Annotated[tuple[str, ...], NamesFiles()] = ()
    """Recognizer files in addition to ``rules/pii``."""
    exceptions: Annotated[str | None, NamesFiles()] = None
    """A file of values that are allowed, always personal, or accepted until a date."""
    quasi_identifiers: tuple[str, ...] = ()
    """Columns that together could identify a person; their k-anonymity is measured."""
    k: int = Field(5, ge=2)
    """Smallest acceptable number of rows with the same quasi-identifiers."""
    columns: tuple[str, ...] = ("*",)
    """Columns besides the text that are searched and masked; ``*``: all that can contain personal data (strings,
    integers, and lists and structs of them); ``none``: only the text."""


_BYTES = {
    unit: base**power
    for power, letter in enumerate("KMGT", 1)
    for unit, base in ((f"{letter}B", 1000), (f"{letter}IB", 1024))
}


def _bytes(size: str) -> int:
    """A size such as ``4GB``, ``1.5 GiB`` or ``500 MB`` in bytes; 0 for other texts."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([A-Z]{2,3})", size.strip().upper())
    return int(float(found[1]) * _BYTES.get(found[2], 0)) if found else 0


_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class StalenessSettings(Frozen):
    """Age against `as_of` (default: today, recorded in the manifest)."""

    as_of: Annotated[date | None, Option("check", "DATE")] = None
    """Reference date of ages; not set: today in UTC, recorded in the run."""
    max_age: Annotated[str, Option("check", "AGE")] = "5y"
    """Age above which rows are old: a number with d, w, m (30 days) or y (365 days)."""
    date_format: Annotated[str | None, Option("check", "FORMAT")] = None
    """strptime format of a date column, if it is ambiguous."""
    rules: Annotated[tuple[str, ...], NamesFiles()] = ()
    """Files with rules for outdated phrases, in addition to ``rules/staleness.yaml``."""

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
    """What `clean` does according to the plan."""

    only: Annotated[tuple[str, ...], Option("prepare", "WORDS")] = ()
    """Only these finding codes (or prefixes of codes) and policy rules; empty: all."""
    skip: Annotated[tuple[str, ...], Option("prepare", "WORDS")] = ()
    """Not these codes and policy rules."""
    policy: Annotated[str | None, NamesFiles()] = None
    """A policy file instead of the default ``rules/policy.yaml``."""
    steps: Annotated[tuple[TextStep, ...], Option("prepare", "STEPS")] = (
        "mojibake",
        "control",
        "unicode",
        "whitespace",
    )
    """Text transforms; always applied in a fixed order."""
    validation: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the rows for the validation part, if the input has none."""
    test: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the rows for the test part, if the input has none."""
    split: Annotated[Literal["auto", "stratified", "time"], Option(None, flags="--split")] = "auto"
    """How missing parts are made. auto: stratified by class; classes that are too small stay in train and are reported;
    stratified: refused if a class is too small; time: the newest rows are the test part."""
    group: Annotated[str | None, Option("prepare", "COLUMN")] = None
    """A column, such as a patient or an author, whose rows with equal values stay in one part."""
    vanishing: Literal["refuse", "allow"] = "refuse"
    """What to do when a class of the train part loses all its rows."""
    balance: Annotated[Literal["none", "weights", "oversample", "undersample"], Option("prepare")] = "weights"
    """How the train part is balanced: class weights in the column `sample_weight`, or rows added or removed."""
    balance_by: Literal["label", "label-group"] = "label"
    """What is balanced: classes, or classes within each group (`group`, otherwise the source column)."""
    balance_ratio: float = Field(1.0, ge=1.0)
    """Ratio of the largest to the smallest class after over- or undersampling; 1: equal sizes."""
    augment: Annotated[Augment | str, Option("prepare")] = "swap"
    """How rows are generated for small classes of the train part; plug-ins can add methods."""
    augment_budget: float = Field(0.1, ge=0.0, le=2.0)
    """Maximum number of augmented rows, as a share of the train rows."""
    augment_data: Annotated[str | None, NamesFiles()] = None
    """Data for ``synonym``: a folder with the WordNet files, or for Chinese a file with one set of synonyms per
    line."""
    augment_models: tuple[str, ...] = ()
    """Folders or Hub ids: a masked language model for ``contextual``; two Marian models, into another language and
    back, for ``back-translation``."""
    augment_check: bool = True
    """Whether to discard new rows that a label model assigns to another class."""
    mask: Annotated[MaskWay, Option("prepare")] = "replace"
    """How personal data is masked. replace: ``<EMAIL_ADDRESS>``; mask: asterisks of the same length; redact: deleted;
    surrogate: an invented value of the same kind; hmac: ``<EMAIL_ADDRESS_token>``, one token per value (needs a key);
    drop: the row is removed."""
    mask_entities: tuple[Annotated[str, Field(pattern=_WAY_OF_ENTITY)], ...] = ()
    """Other ways for individual types, each TYPE=WAY with the ways of `mask`, such as ``CREDIT_CARD=redact``."""
    mask_possible: bool = False
    """Whether to mask values that merely match a format as well (a number that could be a telephone number)."""
    key_file: Annotated[str | None, NamesFiles()] = None
    """File with the key of pseudonyms and surrogates, mode 0600: 32 bytes, or 64 hexadecimal digits."""
    key_env: str = "AUDITOR_KEY"
    """Environment variable with the key (64 hexadecimal digits), used if no `key_file` is given."""
    unchecked: Literal["refuse", "mask", "drop"] = "refuse"
    """Rows for which a recognizer timed out: refuse to write a data set, mask the whole text, or drop the row."""
    half_life: float | None = Field(None, gt=0.0)
    """Days after which a train row counts half as much as a new one (policy rule ``half-life``); not set: no
    weights."""
    max_removed: Annotated[float, BeforeValidator(as_number), Option("prepare", "SHARE")] = Field(0.5, ge=0.0, le=1.0)
    """A plan that removes a larger share of the rows, such as 0.1 or 10%, is refused."""
    keep_raw: Annotated[bool, Option("prepare")] = False
    """Store the original values of removed and changed rows in ``raw/`` (mode 0600), for ``--undo`` without the
    input."""

    @field_validator("steps")
    @classmethod
    def _in_order(cls, value: tuple[TextStep, ...]) -> tuple[str, ...]:
        if {"simplified", "traditional"} <= set(value):
            raise ValueError("only one of the steps simplified and traditional can be done")
        return tuple(name for name in TEXT_STEPS if name in value)


class GradeSettings(Frozen):
    """Requirements for grades."""

    min_rows: int = Field(30, ge=1)
    """Number of readable rows below which there is no overall grade, and no dimension is graded A or B."""
    min_dimensions: int = Field(3, ge=1)
    """Number of graded dimensions below which the overall grade is at best B."""


class ReportSettings(Frozen):
    """Links of reports."""

    docs_url: str = ""
    """Address of this documentation, such as ``https://example.org/auditor``: codes in reports and SARIF link to their
    pages there. A path such as ``..`` is relative to the report. Not set: no links."""

    both_languages: bool = False
    """Whether the HTML report is written in English and in Chinese, with links between the two."""

    @staticmethod
    def is_base(address: str) -> bool:
        """Whether an address can be the base of pages: http, https, or a path."""
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
    """Presets for a purpose, separated by commas: see `rules/presets.yaml`. Later ones take precedence over earlier
    ones, and all other settings over presets."""
    plugins: tuple[str, ...] = ()
    """Modules that add checks, readers, report and review formats, augmenters or benchmark tasks: module names, or
    paths of ``.py`` files (see ``docs/extending.md``). Their code is executed: name only modules that you trust."""
    reference: Annotated[
        tuple[str, ...], Option("check", "PATH", is_repeatable=True), NamesFiles(may_be_pattern=True)
    ] = ()
    """Files, or an index made by `auditor index`, whose rows are searched for in the input."""
    since: Annotated[str | None, Option("check", "RUN"), NamesFiles()] = None
    """An earlier run folder: the input is a later batch, which is compared with all rows known to that run; see
    `auditor rules NEW001`."""
    keep_state: bool = True
    """Whether the run stores hashes and counts of its rows (``state/``), so that later runs can use it as `since`."""
    baseline: Annotated[str | None, Option("check", "RUN"), NamesFiles()] = None
    """An earlier run folder whose findings are known: `fail_on` and `limits` apply only to what is new or worse. Rows
    are recognized by their content, wherever they are."""
    seed: Annotated[int, Option("common")] = Field(0, ge=0)
    """Seed of all random choices."""
    workers: Annotated[int, Option("common")] = Field(0, ge=0)
    """Number of processes; 0: one per core if the corpus is large enough to gain from it."""
    memory: Annotated[str | None, Option("common", "SIZE")] = None
    """Memory limit of all processes of a run together, such as 4GB or 500MB; fewer processes are used to stay within
    it, and a run that still needs more ends with an error. Not set: no limit."""
    engine: Annotated[Literal["local", "ray"], Option("common")] = "local"
    """Where the checks run: in processes on this machine, or on Ray (requires the package)."""
    ray_address: Annotated[str | None, Option("common", "ADDRESS")] = None
    """Address of a Ray cluster, such as 10.0.0.1:6379; not set: Ray is started on this machine."""
    profile: Annotated[bool, Option("common")] = False
    """Show time and memory by stage and check at the end; they are also in the manifest."""
    select: Annotated[tuple[str, ...], Option("check", "CODES")] = ()
    """Only these finding codes, prefixes of codes (``DUP``, ``PII9``) or dimensions (``duplicates``); empty: all."""
    ignore: Annotated[tuple[str, ...], Option("check", "CODES")] = ()
    """Not these codes, prefixes of codes or dimensions."""
    fail_on: Annotated[Literal["info", "warn", "fail", "never"], Option("check")] = "never"
    """Exit with 1 if a finding or a graded metric has at least this level."""
    min_grade: Annotated[Literal["A", "B", "C", "D"] | None, Option("check")] = None
    """Exit with 1 if the overall grade is worse than this letter."""
    limits: Annotated[Limits, Option("check", "METRIC=VALUE", "--max", is_repeatable=True)] = Field(
        default_factory=dict
    )
    """Exit with 1 if a metric exceeds its value here, such as ``duplicates.rate = 0.01`` or 1%."""
    thresholds: Thresholds = Field(default_factory=dict)
    """Other bounds of graded metrics: the largest values for the grades A, B, C and D, such as ``duplicates.rate =
    [0.01, 0.02, 0.05, 0.2]``."""
    grades: GradeSettings = GradeSettings()
    lang: Annotated[Literal["en", "zh"], Option("common")] = "en"
    """Language of the report."""
    effects: bool = True
    """Whether a run measures the effect of each remedy that it suggests, by planning it and grading the planned rows
    again. Otherwise `auditor fix` measures it."""
    excerpts: Literal["auto", "all", "none"] = "auto"
    """Whether reports show excerpts of texts, with the personal data found in them masked. auto: except texts in a
    language without a name tagger; all: all texts; none: no texts (also: false)."""

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
        """`memory` in bytes; None: no limit."""
        return None if self.memory is None else _bytes(self.memory)

    def threads(self) -> int:
        """Number of threads that may compute in this process."""
        return self.workers or os.cpu_count() or 1

    def today(self) -> date:
        """The reference date of ages: `as_of`, otherwise today in UTC."""
        return self.staleness.as_of or datetime.now(UTC).date()

    def written(self) -> dict[str, object]:
        """The settings as plain data for files, with credentials masked (`auditor.credentials`)."""
        return without_credentials(self.model_dump(mode="json"))

    def dated(self) -> Settings:
        """These settings with `today` as `as_of`, so that it is recorded."""
        return self.model_copy(update={"staleness": self.staleness.model_copy(update={"as_of": self.today()})})

    def wants(self, code: str) -> bool:
        """Whether a code is selected or, for the prefix of a check (``DUP``), any code of the check."""
        chosen = not self.select or any(code.startswith(p) or _is_code_of(p, code) for p in self.select)
        return chosen and not any(code.startswith(p) for p in self.ignore)

    @property
    def has_gate(self) -> bool:
        """Whether the exit code depends on findings, metrics or grades."""
        return self.fail_on != "never" or self.min_grade is not None or bool(self.limits)

    @field_validator("select", "ignore")
    @classmethod
    def _upper(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.strip().upper() for word in value if word.strip())


def _is_code_of(code: str, prefix: str) -> bool:
    """Whether `code` is a code, or a prefix of codes, of the check with this prefix."""
    return code.startswith(prefix) and code[len(prefix) :].isdigit()
