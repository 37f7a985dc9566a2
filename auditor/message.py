"""What a person may read, without its language: the report turns it into a sentence at the very end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, written as the reader's language writes it."""

    value: float
    unit: str
    """As of `auditor.core.metrics.Metric`."""


Argument = Union[str, int, float, Quantity, "Message"]


@dataclass(frozen=True)
class Message:
    """A sentence to be made.

    Attributes:
        key: key of the catalogue; a key that the catalogue lacks is itself the English sentence, and errors use that.
        args: what fills the places ``{0}``, ``{1}``, ... of the sentence.
    """

    key: str
    args: tuple[Argument, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As plain JSON data."""
        return {"key": self.key, "args": [_plain(arg) for arg in self.args]}

    @classmethod
    def from_json(cls, data: object) -> Message:
        """Rebuild a message; the strings of audits of schema 1 are read too.

        Raises:
            KeyError, TypeError: it is no message.
        """
        if isinstance(data, str):
            key, *args = data.split("|")
            return cls(key, tuple(args))
        if not isinstance(data, Mapping):
            raise TypeError("a message is a mapping with `key` and `args`")
        return cls(str(data["key"]), tuple(_argument(arg) for arg in data["args"]))

    @classmethod
    def __get_pydantic_core_schema__(cls, kind: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How `auditor.parse` rebuilds the messages of a dataclass."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda data: data if isinstance(data, cls) else cls.from_json(data)
        )


def message(key: str, *args: Argument) -> Message:
    """A message with its arguments."""
    return Message(key, args)


class Text(str):
    """An English sentence that still knows what it was made from, so that it can be put into another language.

    Errors are printed in English by the command line and shown in the reader's language by a report.
    """

    template: str
    args: tuple[str | int | float, ...]

    def __new__(cls, template: str, *args: str | int | float) -> Text:
        """`template` with its places ``{0}``, ``{1}``, ... filled."""
        text = super().__new__(cls, template.format(*(f"{arg:,}" if isinstance(arg, int) else arg for arg in args)))
        text.template, text.args = template, args
        return text

    @property
    def message(self) -> Message:
        """The sentence before its places were filled."""
        return Message(self.template, tuple(arg.message if isinstance(arg, Text) else arg for arg in self.args))

    def __getnewargs__(self) -> tuple[str | int | float, ...]:  # type: ignore[override]
        """For pickle: errors cross from one process to another."""
        return (self.template, *self.args)


def message_of(*sentences: str) -> Message:
    """One message of English sentences, each a `Text` or a constant."""
    parts = [
        sentence.message if isinstance(sentence, Text) else Message(sentence) for sentence in sentences if sentence
    ]
    return parts[0] if len(parts) == 1 else Message("sentences", tuple(parts))


def _plain(arg: Argument) -> object:
    if isinstance(arg, Message):
        return arg.to_json()
    return {"value": arg.value, "unit": arg.unit} if isinstance(arg, Quantity) else arg


def _argument(arg: object) -> Argument:
    if isinstance(arg, Mapping):
        return Message.from_json(arg) if "key" in arg else Quantity(arg["value"], arg["unit"])
    if isinstance(arg, (str, int, float)):
        return arg
    raise TypeError("an argument of a message is a text, a number, a quantity or a message")
