"""Settings for reading files, and the base class of groups of settings."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from auditor.config.markers import Option

Column = Annotated[str | None, Option("read", "COLUMN")]


def _delimiter(value: object) -> object:
    return "\t" if value in ("tab", "\\t") else value


class Frozen(BaseModel):
    """A group of settings; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class CorpusSettings(Frozen):
    """How files are read. A role that is not set is inferred, and the choice is printed."""

    header: Annotated[Literal["auto", "yes", "no"], Option("read", flags="--header/--no-header")] = "auto"
    """Whether a table has a header line. auto: detected, with an error if it is ambiguous; no: columns are named
    ``column_1``, ``column_2`` and so on."""
    title_lines: int | None = Field(None, ge=0)
    """Number of lines above the header of a table; detected if not given."""
    delimiter: Annotated[str | None, Option("read", "MARK"), BeforeValidator(_delimiter)] = Field(
        None, min_length=1, max_length=1
    )
    """Separator of the fields of a text table, such as ``;`` or ``tab``; detected if not given."""
    quoting: Literal["auto", "standard", "backslash", "none"] = "auto"
    """How quotation marks within fields are written: doubled, after a backslash, or literally (quotation marks then do
    not enclose fields); auto: detected."""
    table: Annotated[str | None, Option("read", "NAME")] = None
    """The sheet of a workbook, table of a database or list of a JSON file to read, if there are several."""
    text: Column = None
    """Column with the texts; several, separated by commas, such as ``title,body``, form the text together; inferred if
    not given."""
    fields: tuple[str, ...] = ()
    """Columns that form the text together, in order; the same as `text` with commas."""
    shape: Literal[
        "auto", "text", "columns", "pair", "question-answer", "aspect", "instruction", "preference", "chat", "words"
    ] = "auto"
    """The structure of a row; auto: inferred from the columns. With `fields`, the meaning of the fields, in order."""
    label: Column = None
    """Column with the class of a row; several 0/1 columns, separated by commas, are the labels of a row together;
    inferred if not given."""
    label_columns: tuple[str, ...] = ()
    """0/1 columns that together are the labels of a row; the same as `label` with commas."""
    label_separator: Annotated[str | None, Option("read", "TEXT")] = Field(None, min_length=1)
    """Separator of several labels in one cell, such as ``|``. Lists and JSON arrays do not need one."""
    id: Column = None
    """Column with the id of a row; inferred if not given."""
    date: Column = None
    """Column with the date of a row; inferred if not given."""
    split: Annotated[str | None, Option("read", "COLUMN|WORD")] = None
    """Column with the part of a row (train, validation, test); inferred if not given. The option also accepts a value
    of `prepare.split` (auto, stratified or time), which says how parts are made."""
    split_values: tuple[Annotated[str, Field(pattern=r"^.+=(?:train|validation|test)$")], ...] = ()
    """Meanings of values of the split column that are not common names of parts: each VALUE=train, VALUE=validation or
    VALUE=test."""
    source: Column = None
    """Column with the source of a row; inferred if not given."""
    annotator: Column = None
    """Column with the annotator of a row, if the same texts appear in one row per annotator; inferred if not given."""
    annotators: tuple[str, ...] = ()
    """Columns with the labels of one annotator each, or one column with a list of labels; inferred if not given."""
    tokens: Column = None
    """Column with the list of words of a row, beside `tags`; inferred if not given."""
    tags: Column = None
    """Column with the list of tags of the words; inferred if not given."""
    language: Annotated[Literal["auto", "en", "zh", "other"], Option("read")] = "auto"
    """Language of the texts; auto: detected from their script and words."""
    encoding: Annotated[str, Option("read", "NAME")] = "auto"
    """Encoding of text files. auto: UTF-8, UTF-16 with a byte order mark, or GB 18030 if it reads as Chinese."""
    on_bad_row: Annotated[Literal["auto", "reject", "fail"], Option("read")] = "auto"
    """What to do with rows that cannot be read. auto: malformed rows are rejected and listed, bytes that cannot be
    decoded end the run."""
    txt: Literal["auto", "file", "line"] = "auto"
    """Whether a ``.txt`` file is one document or has one per line. auto: by its format, such as words with tags or
    fields separated by tabs; otherwise one per line if exactly one file is given."""
    max_field_bytes: int = Field(16_000_000, gt=0)
    """Rows with a longer cell are rejected."""
    spool_bytes: int = Field(64_000_000, ge=0)
    """Files with more bytes in total are read block by block into a temporary file beside the output instead of into
    memory; compressed files count five times."""
    max_decoded_bytes: int | None = Field(None, gt=0)
    """A file that decodes to more is refused (compressed files can expand a thousandfold). If not given: 8 GB, or ten
    times the size of the file if it is read block by block and that is more."""

    @model_validator(mode="after")
    def _one_role_a_column(self) -> Self:
        roles = ("text", "label", "id", "date", "split", "source", "annotator", "tokens", "tags")
        columns = [column for role in roles if (column := getattr(self, role)) is not None]
        columns += [*self.fields, *self.label_columns, *self.annotators]
        if len(set(columns)) < len(columns):
            raise ValueError("a column can have one role only")
        return self

    def split_parts(self) -> dict[str, str]:
        """`split_values` by value."""
        return dict(item.rsplit("=", 1) for item in self.split_values)
