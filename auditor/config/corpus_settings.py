"""How files are read, and what a group of settings is."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from auditor.config.markers import Option

Column = Annotated[str | None, Option("read", "COLUMN")]


def _mark(value: object) -> object:
    return "\t" if value in ("tab", "\\t") else value


class Frozen(BaseModel):
    """A group of settings; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class CorpusSettings(Frozen):
    """How files are read. A role that is not set is inferred, and the choice is printed."""

    header: Annotated[Literal["auto", "yes", "no"], Option("read", flags="--header/--no-header")] = "auto"
    """Whether a table has a line with column names. auto: found, and a question where both can be; no: columns are
    named ``column_1``, ``column_2`` and so on."""
    title_lines: int | None = Field(None, ge=0)
    """Lines above the column names of a table; found if not given."""
    delimiter: Annotated[str | None, Option("read", "MARK"), BeforeValidator(_mark)] = Field(
        None, min_length=1, max_length=1
    )
    """What separates the fields of a table in text, such as ``;`` or ``tab``; found if not given."""
    quoting: Literal["auto", "standard", "backslash", "none"] = "auto"
    """How a quotation mark in a field is written: doubled, after a backslash, or as it is, where none encloses a field;
    auto: found."""
    table: Annotated[str | None, Option("read", "NAME")] = None
    """Which sheet of a workbook, table of a database or list of a JSON file is read, where there are several."""
    text: Column = None
    """Column that holds the texts; several with commas, such as ``title,body``, make the text together; inferred if not
    given."""
    fields: tuple[str, ...] = ()
    """Columns that make the text together, in order; the same as `text` with commas."""
    shape: Literal[
        "auto", "text", "columns", "pair", "question-answer", "aspect", "instruction", "preference", "chat", "words"
    ] = "auto"
    """What a row is; auto: by the columns. With `fields`, what they are to each other, in their order."""
    label: Column = None
    """Column that holds the class of a row; several 0/1 columns with commas are the labels of a row together; inferred
    if not given."""
    label_columns: tuple[str, ...] = ()
    """0/1 columns that are the labels of a row together; the same as `label` with commas."""
    label_separator: Annotated[str | None, Option("read", "TEXT")] = Field(None, min_length=1)
    """What separates several labels in one cell, such as ``|``. Lists and JSON arrays need none."""
    id: Column = None
    """Column that names a row; inferred if not given."""
    date: Column = None
    """Column that holds the date of a row; inferred if not given."""
    split: Annotated[str | None, Option("read", "COLUMN|WORD")] = None
    """Column that says which part a row is in; inferred if not given. The option also takes how parts are made, a word
    of `prepare.split`: auto, stratified or time."""
    split_values: tuple[Annotated[str, Field(pattern=r"^.+=(?:train|validation|test)$")], ...] = ()
    """What values of the split column mean that are no usual names of parts: each VALUE=train, VALUE=validation or
    VALUE=test."""
    source: Column = None
    """Column that says where a row comes from; inferred if not given."""
    annotator: Column = None
    """Column that says who labelled a row, where the same texts appear in one row per annotator; inferred if not
    given."""
    annotators: tuple[str, ...] = ()
    """Columns that hold the labels of one annotator each, or one column with a list of them; inferred if not given."""
    tokens: Column = None
    """Column with the list of words of a row, beside `tags`; inferred if not given."""
    tags: Column = None
    """Column with the list of tags of the words; inferred if not given."""
    language: Annotated[Literal["auto", "en", "zh", "other"], Option("read")] = "auto"
    """Language of the texts; auto: by their script and words."""
    encoding: Annotated[str, Option("read", "NAME")] = "auto"
    """Encoding of text files. auto: UTF-8, UTF-16 with its mark, or GB 18030 where it reads as Chinese."""
    on_bad_row: Annotated[Literal["auto", "reject", "fail"], Option("read")] = "auto"
    """What to do with rows that cannot be read. auto: a row that breaks the format is rejected and listed, bytes that
    are not text end the run."""
    txt: Literal["auto", "file", "line"] = "auto"
    """One document a ``.txt`` file or one per line. auto: by the layout, such as words with tags or fields with tabs;
    where it has none, a line where exactly one file is given."""
    max_field_bytes: int = Field(16_000_000, gt=0)
    """A row with a longer cell is rejected."""
    spool_bytes: int = Field(64_000_000, ge=0)
    """Files of more bytes in all are read a block at a time into a temporary file beside the output instead of into
    memory; compressed ones count five times."""
    max_decoded_bytes: int = Field(8_000_000_000, gt=0)
    """Input that decodes to more is refused (compressed files can hold a thousand times their size)."""

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
