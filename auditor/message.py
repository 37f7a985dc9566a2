"""What a person may read, without its language: the report turns it into a sentence at the very end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union


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
    def from_json(cls, data: Mapping[str, Any] | str) -> Message:
        """Rebuild a message; the strings of audits of schema 1 are read too.

        Raises:
            KeyError, TypeError: it is no message.
        """
        if isinstance(data, str):
            key, *args = data.split("|")
            return cls(key, tuple(args))
        return cls(data["key"], tuple(_argument(arg) for arg in data["args"]))


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
    parts = [one.message if isinstance(one, Text) else Message(one) for one in sentences if one]
    return parts[0] if len(parts) == 1 else Message("sentences", tuple(parts))


def _plain(arg: Argument) -> Any:
    if isinstance(arg, Message):
        return arg.to_json()
    return {"value": arg.value, "unit": arg.unit} if isinstance(arg, Quantity) else arg


def _argument(arg: Any) -> Argument:
    if not isinstance(arg, Mapping):
        return arg  # type: ignore[no-any-return]  # plain JSON
    return Message.from_json(arg) if "key" in arg else Quantity(arg["value"], arg["unit"])


def messages_from_json(data: Sequence[Any]) -> tuple[Message, ...]:
    """The messages of a JSON array."""
    return tuple(Message.from_json(one) for one in data)
