"""Checks of addresses: e-mail (also disguised or without a public suffix), IP, MAC and Ethereum addresses."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract

INTERNAL = frozenset({
    "local", "localdomain", "corp", "lan", "internal", "intranet", "home", "private", "uucp", "bitnet", "priv",

})  # fmt: skip
"""Top-level names that are not public suffixes but are used inside organisations or in old mail."""
MESSAGE_ID = re.compile(
    r"\d{12,14}\.[0-9A-Za-z.]{3,}"  # date and time first: sendmail, mutt
    r"|\d{2,6}\.\d{9,10}|\d{9,10}\.\d{1,6}(?:\.[A-Z]{2,6})?"  # process and seconds since 1970
    r"|[0-9A-F]{8}\.[0-9A-F]{4,8}"  # Mozilla
    r"|[0-9A-Fa-f]{12}\$[0-9a-f]{8}\$[0-9a-f]{8}"  # Outlook
    r"|E1[0-9A-Za-z]{5}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}"  # Exim
    r"|Pine\.[A-Z]{3}\.[0-9A-Za-z.]+"
)
"""Left parts of Message-IDs by mail programs (RFC 5322, 3.6.4), which have the form of an address."""
NOBODY = frozenset({"git", "hg", "svn", "password", "passwd", "pass"})
"""Local parts of clone URLs and placeholder addresses, which reach no person."""
AT = r"[(\[{<] ?(?:at|ät|@) ?[)\]}>]|艾特|圈a|_at_| at |@"
DOT = r"[(\[{<] ?(?:dot|punkt|\.) ?[)\]}>]|_dot_| dot |点|點|\."
NO_NAMES = frozenset({
    "it", "is", "are", "was", "be", "me", "us", "you", "them", "him", "her", "this", "that", "these", "those", "look",
    "looking", "shop", "buy", "sold", "order", "visit", "visiting", "available", "online", "here", "there", "find",
    "found", "see", "read", "more", "live", "store", "sale", "up", "out", "in", "on", "and", "or", "only", "now",
    "today", "stop", "meet", "website", "site", "page", "free", "prices", "price", "deals", "info", "back", "work",
})  # fmt: skip
"""Words before ``at shop dot com`` that indicate a web page, not a person's address."""


def email(text: str) -> bool:
    """The domain has a name under a registered public suffix, or ends as internal mail domains do."""
    local, _, domain = text.rpartition("@")
    if ".." in text or local.lower() in NOBODY or MESSAGE_ID.fullmatch(local):
        return False
    labels = domain.lower().split(".")
    if len(labels[0]) == 1 and len(labels) == 2 and domain[0].isupper():
        return False  # a product of matrices, `h@W.to`
    return labels[-1] in INTERNAL or public_suffix(domain)


def message_id(text: str) -> bool:
    """A Message-ID: it identifies a message and the sender's machine, but is not an address."""
    return MESSAGE_ID.fullmatch(text.rpartition("@")[0]) is not None


def bare_address(text: str) -> bool:
    """A local part with a letter and a host other than a version or a number, where an address is expected."""
    local, _, host = text.rpartition("@")
    return local.lower() not in NOBODY and bool(re.search("[A-Za-z]", host)) and ".." not in text and len(host) > 1


def disguised_email(text: str) -> bool:
    """An address with words or brackets in place of the signs, as in ``name [at] host [dot] com``."""
    plain = re.sub(rf" ?(?:{AT}) ?", "@", text, flags=re.IGNORECASE)
    plain = re.sub(rf" ?(?:{DOT}) ?", ".", plain, flags=re.IGNORECASE)
    local, _, domain = plain.partition("@")
    return local.lower() not in NO_NAMES and "@" not in domain and plain != text and email(plain)


def public_suffix(text: str) -> bool:
    """The domain ends in a registered public suffix and has a name under it."""
    parts = _suffixes()(text)
    return bool(parts.suffix and parts.domain)


@lru_cache(maxsize=1)
def _suffixes() -> TLDExtract:
    """The suffix list shipped with tldextract: without these arguments it is fetched from the network."""
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def ip(text: str) -> bool:
    """An IPv4 or IPv6 address that one host may have: no netmask, loopback, multicast or broadcast address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if address.is_unspecified or address.is_loopback or address.is_multicast:
        return False
    return not isinstance(address, IPv4Address) or not (text.startswith("0.") or _is_mask(text))


def _is_mask(text: str) -> bool:
    """A netmask, the mask of its host part, or the broadcast address of all networks."""
    bits = f"{int(ip_address(text)):032b}"
    return (bits.startswith("11111111") and "01" not in bits) or (bits.startswith("0") and "10" not in bits)


def mac(text: str) -> bool:
    """Six octets that hold a letter, or are parted by colons: with hyphens, decimal pairs are any list of numbers."""
    return ":" in text or bool(re.search("[A-Fa-f]", text))


def eip55(text: str) -> bool:
    """An Ethereum address in the mixed case of EIP-55, whose capital letters are a checksum (Buterin 2016)."""
    digits = text[2:]
    if digits in {digits.lower(), digits.upper()}:
        return False
    nibbles = keccak256(digits.lower().encode()).hex()
    return all(
        digit.isdigit() or digit.isupper() == (int(nibble, 16) >= 8)
        for digit, nibble in zip(digits, nibbles, strict=False)
    )


LANES = 25
MASK = (1 << 64) - 1
RATE = 136
"""Bytes per block of Keccak-256."""


def keccak256(data: bytes) -> bytes:
    """Keccak-256 with the padding of its authors, which Ethereum uses; hashlib has only SHA-3's padding.

    Source: Bertoni et al., The Keccak reference, version 3.0 (2011).
    """
    padded = data + b"\x01" + b"\x00" * ((RATE - len(data) % RATE) - 1)
    padded = padded[:-1] + bytes([padded[-1] | 0x80])
    state = [0] * LANES
    for begin in range(0, len(padded), RATE):
        for lane in range(RATE // 8):
            state[lane] ^= int.from_bytes(padded[begin + 8 * lane : begin + 8 * lane + 8], "little")
        state = _permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permuted(state: list[int]) -> list[int]:
    """Keccak-f[1600]: 24 rounds over 25 lanes, lane (x, y) at x + 5 y."""
    register = 1
    for _ in range(24):
        parity = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        state = [state[i] ^ parity[(i - 1) % 5] ^ _turned(parity[(i + 1) % 5], 1) for i in range(LANES)]
        moved, x, y = [0] * LANES, 1, 0
        moved[0] = state[0]
        for step in range(24):
            target_x, target_y = y, (2 * x + 3 * y) % 5
            moved[target_x + 5 * target_y] = _turned(state[x + 5 * y], (step + 1) * (step + 2) // 2 % 64)
            x, y = target_x, target_y
        state = [
            moved[i] ^ (~moved[i // 5 * 5 + (i + 1) % 5] & MASK & moved[i // 5 * 5 + (i + 2) % 5]) for i in range(LANES)
        ]
        for power in range(7):
            register = (register << 1) ^ ((register >> 7) * 0x171)
            if register & 2:
                state[0] ^= 1 << ((1 << power) - 1)
    return state


def _turned(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & MASK if by else lane
