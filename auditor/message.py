"""Language-independent messages, which the report renders in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, formatted in the language of the reader."""

    value: float
    unit: str
    """A unit of `auditor.core.metrics.Metric`."""


Argument = Union[str, int, float, Quantity, "Message"]


@dataclass(frozen=True)
class Message:
    """A message key with arguments.

    Attributes:
        key: key in the message catalogues; a key that is missing there is itself the English sentence, as for errors.
        args: arguments of the placeholders ``{0}``, ``{1}``, ...
    """

    key: str
    args: tuple[Argument, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As plain JSON data."""
        return {"key": self.key, "args": [_plain(arg) for arg in self.args]}

    @classmethod
    def from_json(cls, data: object) -> Message:
        """The inverse of `to_json`; also accepts the strings of audits in schema 1.

        Raises:
            KeyError, TypeError: the data is not a message.
        """
        if isinstance(data, str):
            key, *args = data.split("|")
            return cls(key, tuple(args))
        if not isinstance(data, Mapping):
            raise TypeError("a message is a mapping with `key` and `args`")
        return cls(str(data["key"]), tuple(_argument(arg) for arg in data["args"]))

    @classmethod
    def __get_pydantic_core_schema__(cls, kind: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Lets `auditor.parse` rebuild the messages in a dataclass."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda data: data if isinstance(data, cls) else cls.from_json(data)
        )


def message(key: str, *args: Argument) -> Message:
    """A message with its arguments."""
    return Message(key, args)


class Text(str):
    """An English sentence that remembers its template and arguments, so that it can be translated.

    Errors are printed in English by the command line, and shown in the reader's language by reports.
    """

    template: str
    args: tuple[str | int | float, ...]

    def __new__(cls, template: str, *args: str | int | float) -> Text:
        """Fill the placeholders ``{0}``, ``{1}``, ... of `template`."""
        text = super().__new__(cls, template.format(*(f"{arg:,}" if isinstance(arg, int) else arg for arg in args)))
        text.template, text.args = template, args
        return text

    @property
    def message(self) -> Message:
        """The template and its arguments as a message."""
        return Message(self.template, tuple(arg.message if isinstance(arg, Text) else arg for arg in self.args))

    def __getnewargs__(self) -> tuple[str | int | float, ...]:  # type: ignore[override]
        """Support pickling, since errors are sent between processes."""
        return (self.template, *self.args)


def message_of(*sentences: str) -> Message:
    """One message for several English sentences, each a `Text` or a constant."""
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
