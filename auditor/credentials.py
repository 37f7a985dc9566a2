"""Find and mask passwords and tokens in addresses, which must not be written anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar, cast

T = TypeVar("T")
MASK = "<CREDENTIALS>"
_ADDRESS = re.compile(r"\b(?P<scheme>[a-z][a-z0-9+.-]*)://[^\s\"'<>]+", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)[^/?#]*(?=@)|(?<=://)[^\s/:]*:(?!\d*/)[^\s]*(?=@)")
"""What precedes the host. The last @ counts, since passwords are not always percent-encoded."""
_QUERY = re.compile(
    r"(?<=[?&;#])(?P<name>[^=&;#]*(?:sig|token|key|secret|passw|pwd|credential|auth)[^=&;#]*)=(?P<value>[^&;#]+)",
    re.IGNORECASE,
)


def credentials(text: str) -> list[tuple[int, int]]:
    """Code points (half-open) of the credentials in addresses in `text`.

    These are user information (a password with its user name; for HTTP also a user name alone, which may be a token)
    and the values of query parameters such as ``token``, ``sig``, ``X-Amz-Signature`` and ``api_key``.
    """
    places = []
    for address in _ADDRESS.finditer(text):
        first, user = address.start(), _USER_INFO.search(address[0])
        if user and user[0] and (":" in user[0] or address["scheme"].lower().startswith("http")):
            places.append((first + user.start(), first + user.end()))
        queries = _QUERY.finditer(address[0], user.end() if user else 0)
        places += [(first + query.start("value"), first + query.end("value")) for query in queries]
    return places


def without_credentials(value: T) -> T:
    """A copy of plain data (strings, lists, tuples, mappings) with credentials replaced by `MASK`."""
    return cast(T, _masked(value))


def _masked(value: object) -> object:
    if isinstance(value, str):
        for start, end in reversed(credentials(value)):
            value = f"{value[:start]}{MASK}{value[end:]}"
        return value
    if isinstance(value, Mapping):
        return {_masked(key): _masked(inner) for key, inner in value.items()}
    return type(value)(map(_masked, value)) if isinstance(value, (list, tuple)) else value
