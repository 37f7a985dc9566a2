"""All settings of a run, their defaults and allowed values; frozen once built. `auditor.config.loading` fills them."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from auditor.config.bounds import Limits, Thresholds, as_number
from auditor.errors import UsageError

MaskWay = Literal["replace", "mask", "redact", "surrogate", "hmac", "drop"]
Augment = Literal[
    "none", "swap", "delete", "crop", "keyboard", "ocr", "synonym", "homophone", "contextual", "back-translation"
]
_WAY_OF_ENTITY = f"^[A-Z][A-Z0-9_]*=(?:{'|'.join(get_args(MaskWay))})$"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CorpusSettings(_Frozen):
    """How files are read. A role left None is inferred, and the choice is printed."""

    header: Literal["auto", "yes", "no"] = "auto"
    """Whether the first line of a CSV or TSV file holds column names. auto: yes, and an error where the line looks like
    data; no: columns are named ``column_1``, ``column_2`` and so on."""
    text: str | None = None
    """Column that holds the texts."""
    label: str | None = None
    """Column that holds the class of a row."""
    label_separator: str | None = Field(None, min_length=1)
    """What separates several labels in one cell, such as ``|``. Lists and JSON arrays need none."""
    id: str | None = None
    """Column that names a row."""
    date: str | None = None
    """Column that holds the date of a row."""
    split: str | None = None
    """Column that says which part a row is in."""
    split_values: tuple[Annotated[str, Field(pattern=r"^.+=(?:train|validation|test)$")], ...] = ()
    """What values of the split column mean that are no usual names of parts, such as ``unsupervised=train``."""
    source: str | None = None
    """Column that says where a row comes from."""
    tokens: str | None = None
    """Column with the list of words of a row, beside `tags`."""
    tags: str | None = None
    """Column with the list of tags of the words."""
    language: Literal["auto", "en", "zh", "other"] = "auto"
    """Language of the texts; auto: by their script and words."""
    encoding: str = "utf-8"
    """Encoding of text files."""
    on_bad_row: Literal["auto", "reject", "fail"] = "auto"
    """auto: a row that breaks the format is rejected and listed, bytes that are not text end the run."""
    txt: Literal["auto", "file", "line"] = "auto"
    """One document a ``.txt`` file or one per line; auto: a line where exactly one file is given."""
    max_field_bytes: int = Field(16_000_000, gt=0)
    """A row with a longer cell is rejected."""
    max_decoded_bytes: int = Field(8_000_000_000, gt=0)
    """Input that decodes to more is refused (compressed files can hold a thousand times their size)."""

    @model_validator(mode="after")
    def _one_role_a_column(self) -> Self:
        roles = ("text", "label", "id", "date", "split", "source", "tokens", "tags")
        columns = [column for role in roles if (column := getattr(self, role)) is not None]
        if len(set(columns)) < len(columns):
            raise ValueError("a column can have one role only")
        return self

    def split_parts(self) -> dict[str, str]:
        """`split_values` by value."""
        return dict(item.rsplit("=", 1) for item in self.split_values)


class DuplicateSettings(_Frozen):
    """Near duplicates: Jaccard similarity of token n-grams, found by MinHash bands and verified exactly."""

    ngram: int = Field(3, ge=1, le=20)
    """Length of the n-grams: words, in Chinese characters."""
    threshold: float = Field(0.7, gt=0.0, le=1.0)
    """Jaccard similarity from which two rows are near duplicates."""
    keep: Literal["longest", "first", "newest", "best-label"] = "longest"
    """Which row of a cluster is kept; best-label: one whose label most of the cluster carries, then the longest."""
    semantic: float | None = Field(None, gt=0.0, le=1.0)
    """Also report rows whose embeddings have this cosine similarity, such as 0.9; every row meets every other."""
    semantic_model: str | None = None
    """A local folder with a sentence-embedding BERT; default: the packaged one (English)."""


class LabelSettings(_Frozen):
    """Label noise by confident learning on out-of-sample probabilities."""

    model: str = Field("linear", min_length=1)
    """linear; or thorough mode, which fine-tunes a BERT a fold: bert (the packaged one for English, else a small one
    trained on the corpus), a hub id or a local folder."""
    folds: int = Field(5, ge=2, le=20)
    """Of the linear models; thorough mode takes at most 3."""
    epochs: int = Field(4, ge=1, le=100)
    """Of thorough mode's fine-tunings."""
    learning_rate: float | None = Field(None, gt=0.0)
    """Of thorough mode; None: 5e-4 for encoders narrower than 512, else 5e-5."""
    max_length: int = Field(64, ge=8, le=512)
    """Tokens that thorough mode reads; longer texts are cut, and the report says so."""
    min_class_rows: int = Field(5, ge=2)
    """Classes with fewer different texts are reported as too small to judge."""
    may_apply: Literal["never", "safe"] = "never"
    """Which suggested labels are marked as applicable: none, or those that are safe and that neighbours share."""


class DiversitySettings(_Frozen):
    """Variety of the texts."""

    domain_terms: str | None = None
    """A CSV with the columns term, entity, relation: which terms of a domain the corpus never mentions."""


class PiiSettings(_Frozen):
    """Personal data: patterns on all rows; names and places (NER) on all, a sample or none."""

    ner: Literal["full", "sample", "off"] = "sample"
    ner_sample: int = Field(300, ge=1)
    """Rows of the sample in which names are looked for."""
    model: str = "auto"
    """Name tagger: ``bert`` (the project's own), a spaCy model, or auto: the best one installed."""
    regions: str = "auto"
    """Comma-separated phone regions; auto follows the corpus language."""
    threshold: float = Field(0.5, ge=0.0, le=1.0)
    """Confidence from which a match is a finding."""
    rules: tuple[str, ...] = ()
    """Further recognizer files beside ``rules/pii``."""
    exceptions: str | None = None
    """A file of values that are allowed, always personal, or accepted until a date."""
    quasi_identifiers: tuple[str, ...] = ()
    """Columns that together could name a person; their k-anonymity is measured."""
    k: int = Field(5, ge=2)
    """Groups of rows that share their quasi-identifiers should have this many rows."""
    columns: tuple[str, ...] = ("*",)
    """Columns beside the text that are searched and masked as well; ``*``: every one that can hold personal data
    (strings, whole numbers, lists and structs of them); ``none``: the text alone."""


_AGE = re.compile(r"(\d{1,5})\s*([dwmy])")


class StalenessSettings(_Frozen):
    """Age against `as_of` (default: today, recorded in the manifest)."""

    as_of: date | None = None
    """The day to which ages are counted; not set: today in UTC, recorded in the run."""
    max_age: str = "5y"
    """Rows older than this are old: a number with d, w, m (30 days) or y (365 days)."""
    date_format: str | None = None
    """strptime format for a date column that is ambiguous without it."""
    rules: tuple[str, ...] = ()
    """Further files of rules for text that dates itself, beside ``rules/staleness.yaml``."""

    @field_validator("max_age")
    @classmethod
    def _is_age(cls, value: str) -> str:
        if _AGE.fullmatch(value.strip().lower()) is None:
            raise ValueError("an age is a number with d, w, m or y, such as 18m or 5y")
        return value

    def max_age_days(self) -> int:
        """`max_age` in days: a number with d, w, m (30 days) or y (365 days)."""
        match = _AGE.fullmatch(self.max_age.strip().lower())
        if match is None:
            raise UsageError("The age limit cannot be read.", where="staleness.max_age", fix="Such as 18m or 5y.")
        return int(match[1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[match[2]]


TEXT_STEPS = (
    "mojibake", "markup", "control", "unicode", "width", "simplified", "traditional", "lower", "whitespace",
)  # fmt: skip
"""Text steps in the order in which they are done."""


class PrepareSettings(_Frozen):
    """What `clean` does with the plan."""

    only: tuple[str, ...] = ()
    """Only these finding codes (or their beginnings) and policy rules; empty: all."""
    skip: tuple[str, ...] = ()
    """Not these codes and policy rules."""
    policy: str | None = None
    """A policy file instead of the shipped ``rules/policy.yaml``."""
    steps: tuple[str, ...] = ("mojibake", "control", "unicode", "whitespace")
    """Text steps, always done in their own order; more: markup, width, simplified, traditional, lower. none: none."""
    validation: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the rows that goes into the validation part where the input has none."""
    test: float = Field(0.1, ge=0.0, lt=1.0)
    """Share of the rows that goes into the test part where the input has none."""
    split: Literal["auto", "stratified", "time"] = "auto"
    """How missing parts are cut. auto: by class, classes too small for it stay in train and are named; stratified:
    refused where a class is too small; time: the newest rows are the test part."""
    group: str | None = None
    """A column whose rows of equal value stay in one part, such as a patient or an author."""
    vanishing: Literal["refuse", "allow"] = "refuse"
    """What to do when a class of the train part loses all its rows."""
    balance: Literal["none", "weights", "oversample", "undersample"] = "weights"
    """How the train part is balanced: class weights in the column `sample_weight`, or rows added or removed."""
    balance_by: Literal["label", "label-group"] = "label"
    """What is balanced: classes, or classes within each group (`group`, else the source column)."""
    balance_ratio: float = Field(1.0, ge=1.0)
    """Largest to smallest class after over- or undersampling: 1 levels them, 4 stops at one to four."""
    augment: Augment | str = "swap"
    """How rows are made for small classes of the train part; plug-ins can add to these."""
    augment_budget: float = Field(0.1, ge=0.0, le=2.0)
    """Augmented rows at most, as a share of the train rows."""
    augment_data: str | None = None
    """What ``synonym`` reads: a folder with the WordNet files, or in Chinese a file with a set of synonyms a line."""
    augment_models: tuple[str, ...] = ()
    """Folders or hub ids: a masked language model for ``contextual``; two Marian models, into another language and
    back, for ``back-translation``."""
    augment_check: bool = True
    """Whether new rows that a label model takes for another class are thrown away."""
    mask: MaskWay = "replace"
    """replace: ``<EMAIL_ADDRESS>``; mask: asterisks of the same length; redact: nothing; surrogate: an invented
    value of the same kind; hmac: ``<EMAIL_ADDRESS_token>``, one token a value (needs a key); drop: the row goes."""
    mask_entities: tuple[Annotated[str, Field(pattern=_WAY_OF_ENTITY)], ...] = ()
    """Other ways for single types, such as ``CREDIT_CARD=redact``."""
    mask_possible: bool = False
    """Whether values of which only the form fits (a number that could be a telephone number) are masked as well."""
    key_file: str | None = None
    """File with the key of pseudonyms and surrogates, mode 0600: 32 bytes, or 64 hexadecimal digits."""
    key_env: str = "AUDITOR_KEY"
    """Environment variable with the key (64 hexadecimal digits), read where no `key_file` is given."""
    unchecked: Literal["refuse", "mask", "drop"] = "refuse"
    """Rows in which a recognizer ran out of time: refuse to write a data set, mask the whole text, or drop the row."""
    half_life: float | None = Field(None, gt=0.0)
    """Days after which a train row counts half as much as a new one (policy rule ``half-life``); None: no weights."""
    max_removed: Annotated[float, BeforeValidator(as_number)] = Field(0.5, ge=0.0, le=1.0)
    """A plan that removes a larger share of the rows is refused."""
    keep_raw: bool = False
    """Write the raw texts of removed and changed rows beside their hashes (files of mode 0600)."""

    @field_validator("steps")
    @classmethod
    def _known_steps(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in TEXT_STEPS and name != "none"]
        if unknown or {"simplified", "traditional"} <= set(value):
            raise ValueError(f"steps are {', '.join(TEXT_STEPS)} or none, and only one of simplified and traditional")
        return tuple(name for name in TEXT_STEPS if name in value)


class BenchmarkSettings(_Frozen):
    """Fine-tuning before and after, everything else equal."""

    enabled: bool = True
    """Whether `auditor run` fine-tunes before and after."""
    model: str = "auto"
    """Hub id or local folder; auto: the packaged BERT for English, else one trained on the corpus."""
    task: Literal["auto", "classification", "tagging", "language"] = "auto"
    """What is trained; auto: tagging where the corpus has lists of tags, classification where it has labels (of each by
    itself where rows carry several), else masked-language modelling."""
    epochs: int = Field(3, ge=1)
    """Epochs of fine-tuning."""
    seeds: int = Field(3, ge=1)
    """Trainings a side, each with a seed of its own."""
    batch_size: int = Field(64, ge=1)
    """Rows a step."""
    learning_rate: float | None = Field(None, gt=0.0)
    """None: 5e-4 for encoders narrower than 512, else 5e-5."""
    max_length: int = Field(64, ge=8, le=512)
    """Tokens; longer texts are cut, and the report says so."""
    max_train_rows: int = Field(3000, ge=10)
    """Training rows a side at most."""
    max_test_rows: int = Field(2000, ge=10)
    """Test rows at most."""
    pretrain_epochs: int = Field(3, ge=0)
    """Masked-language epochs of the corpus-trained BERT."""
    few_shot: int = Field(0, ge=0)
    """Training rows a class at most; 0: all."""
    freeze_layers: int | None = Field(None, ge=0)
    """Layers from the bottom that are not trained; None: three of the packaged BERT's six, none of any other."""
    lora_rank: int = Field(0, ge=0)
    """Train low-rank updates of the linear maps only; 0: the layers themselves."""
    adversarial: float = Field(0.0, ge=0.0)
    """Size of an attack on the word vectors in each step (FGM; 1 is usual); 0: none."""
    accumulate: int = Field(1, ge=1)
    """Parts a batch is computed in, to save memory."""
    patience: int = Field(0, ge=0)
    """End a training after so many epochs without a lower loss on a tenth of its rows held out; 0: never early."""
    noisy_rows: int = Field(300, ge=0)
    """Test rows that are also judged with typing errors, in capitals and with synonyms; 0: none."""
    ablation: bool = False
    """Also train on the data after each step of the preparation, to see which step helped."""
    quantize: bool = False
    """Also say what 8-bit weights would save and cost."""
    track: Literal["none", "tensorboard", "mlflow"] = "none"
    """Where losses and scores are logged as well (needs the package)."""


class GradeSettings(_Frozen):
    """What a data set needs to be graded at all."""

    min_rows: int = Field(30, ge=1)
    """Readable rows; with fewer there is no overall grade, and no dimension is graded A or B."""
    min_dimensions: int = Field(3, ge=1)
    """Judged dimensions; with fewer the overall grade is B at best."""


class Settings(_Frozen):
    """All settings of a run."""

    plugins: tuple[str, ...] = ()
    """Modules of your own that add readers, report formats, review formats or augmenters: names of modules, or paths of
    ``.py`` files (see ``docs/extending.md``). They are imported and run: name only what you trust."""
    reference: tuple[str, ...] = ()
    """Files, or an index of `auditor index`, whose rows are looked for in the input."""
    since: str | None = None
    """An earlier run: the input is a batch that came after it, and is compared with all rows that run knows of."""
    keep_state: bool = True
    """Whether the run keeps hashes and counts of its rows (``state/``), so that a later one can be `since` it."""
    seed: int = Field(0, ge=0)
    """Seed of everything that is drawn."""
    workers: int = Field(0, ge=0)
    """Processes; 0: one per core where the corpus is large enough to gain."""
    select: tuple[str, ...] = ()
    """Only these finding codes, beginnings of codes (``DUP``, ``PII9``) or dimensions (``duplicates``); empty: all."""
    ignore: tuple[str, ...] = ()
    """Not these codes, beginnings of codes or dimensions."""
    checks: tuple[str, ...] = ()
    """Further checks, each ``module:Class`` with a file of rules beside it; see CONTRIBUTING.md."""
    fail_on: Literal["info", "warn", "fail", "never"] = "never"
    """Exit with 1 when a finding or a judged metric is at this level or above."""
    min_grade: Literal["A", "B", "C", "D"] | None = None
    """Exit with 1 when the overall grade is below this letter."""
    limits: Limits = Field(default_factory=dict)
    """Exit with 1 when a metric is above its value here, such as ``duplicates.rate = 0.01``."""
    thresholds: Thresholds = Field(default_factory=dict)
    """Other bounds of judged metrics: the largest values of the grades A, B, C and D, such as
    ``duplicates.rate = [0.01, 0.02, 0.05, 0.2]``."""
    grades: GradeSettings = GradeSettings()
    lang: Literal["en", "zh"] = "en"
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

    corpus: CorpusSettings = CorpusSettings()
    duplicates: DuplicateSettings = DuplicateSettings()
    labels: LabelSettings = LabelSettings()
    diversity: DiversitySettings = DiversitySettings()
    pii: PiiSettings = PiiSettings()
    staleness: StalenessSettings = StalenessSettings()
    prepare: PrepareSettings = PrepareSettings()
    benchmark: BenchmarkSettings = BenchmarkSettings()

    def threads(self) -> int:
        """How many threads may compute at the same time in this process."""
        return self.workers or os.cpu_count() or 1

    def today(self) -> date:
        """The day against which dates are judged: `as_of`, else today in UTC."""
        return self.staleness.as_of or datetime.now(UTC).date()

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
