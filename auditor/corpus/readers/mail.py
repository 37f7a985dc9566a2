"""E-mail: mbox files and single messages."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.markup import visible_text
from auditor.errors import InputError

_FROM = re.compile(rb"^From [^\r\n]*\r?\n", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADERS = {"id": "Message-ID", "date": "Date", "from": "From", "to": "To", "subject": "Subject"}


class MailReader:
    """One row per message: its headers, and its body as `text`; attachments are ignored and counted."""

    suffixes = (".mbox", ".eml")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        is_one = file.kind_name.endswith(".eml")
        data, rows = file.read_bytes(), FileRows(is_sparse=True, is_document=is_one)
        for line, message in _messages(data, file):
            try:
                values, attachments = _columns(email.message_from_bytes(message, policy=email.policy.default))
            except (ValueError, LookupError, TypeError, AttributeError, IndexError):
                rows.add(line, {}, "not_mail")  # errors of the header parser
                continue
            rows.add(line, values, None if values["text"] is not None else "not_mail")
            if attachments:
                rows.add_notice("attachments", attachments)
        return rows


def _messages(data: bytes, file: InputFile) -> list[tuple[int, bytes]]:
    if file.kind_name.endswith(".eml"):
        return [(1, data)]
    starts = [match for match in _FROM.finditer(data) if match.start() == 0 or data[: match.start()].endswith(b"\n")]
    if not starts or starts[0].start() > 0:
        raise InputError(
            "The file is not an mbox.",
            where=f"{file.path}:1",
            fix="Give one in which every message begins with a line `From `, or a single message as .eml.",
        )
    ends = [match.start() for match in starts[1:]] + [len(data)]
    found, line, place = [], 1, 0
    for match, end in zip(starts, ends, strict=True):
        line += data.count(b"\n", place, match.start())
        place = match.start()
        found.append((line, _QUOTED_FROM.sub(rb"\1", data[match.end() : end])))
    return found


def _columns(message: EmailMessage) -> tuple[dict[str, str | None], int]:
    """The headers and the text by column, and the number of attachments."""
    values: dict[str, str | None] = {
        name: str(message[header]) if header in message else None for name, header in _HEADERS.items()
    }
    body = message.get_body(("plain", "html"))
    text = str(body.get_content()) if body is not None else None
    if body is not None and text is not None and body.get_content_subtype() == "html":
        text = visible_text(text)
    return {**values, "text": text}, sum(1 for _ in message.iter_attachments()) if message.is_multipart() else 0
