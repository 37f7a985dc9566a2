"""The key of pseudonyms and surrogates: its source, and the values derived from it.

A pseudonym is HMAC-SHA-256(key, type || value), so that without the key nobody can compute the token of a guessed
telephone number or compare tokens across keys. With the key this is possible: pseudonymised data remains personal data
(GDPR Art. 4(5)).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.config.settings import PrepareSettings
from auditor.errors import InputError, SafetyError, UsageError

KEY_BYTES = 32
_HALF = re.compile(rb"[0-9A-Fa-f]{32}")
"""As many bytes as a key and half of one in digits."""
_HEX = re.compile(rb"[0-9A-Fa-f]{64}\s*")


@dataclass(frozen=True)
class Key:
    """A secret and its public name."""

    secret: bytes = field(repr=False)
    is_secret: bool = True
    """False: derived from the run's seed, which is public."""

    @property
    def id(self) -> str | None:
        """The key's identifier in the manifest: 64 bits of its HMAC; None for a public key."""
        return hmac.digest(self.secret, b"auditor key id", "sha256")[:8].hex() if self.is_secret else None

    def digest(self, entity: str, value: str) -> bytes:
        """32 bytes for a normalised value of a type."""
        return hmac.digest(self.secret, f"{entity}\x1f{value}".encode("utf-8", "surrogatepass"), "sha256")


def key_of_seed(seed: int) -> Key:
    """The default key of surrogates: equal runs give equal surrogates, and anybody can reproduce them."""
    return Key(hashlib.sha256(f"auditor surrogates, seed {seed}".encode()).digest(), is_secret=False)


def load_key(settings: PrepareSettings, seed: int, environment: Mapping[str, str] = os.environ) -> Key:
    """The key of a run.

    Raises:
        InputError: the key cannot be read or has the wrong length.
        SafetyError: others may read the key file.
        UsageError: pseudonyms are requested without a key.

    """
    if settings.key_file is not None:
        return Key(_read(Path(settings.key_file)))
    value = environment.get(settings.key_env)
    if value is not None:
        return Key(_decoded(value.encode(), f"environment variable {settings.key_env}"))
    if "hmac" in {settings.mask, *(item.partition("=")[2] for item in settings.mask_entities)}:
        raise UsageError(
            "Pseudonyms need a key.",
            where="prepare.mask = hmac",
            fix=f"Make one with `auditor init --key FILE` and give prepare.key_file, or set {settings.key_env}.",
        )
    return key_of_seed(seed)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            state = os.fstat(stream.fileno())
            if not stat.S_ISREG(state.st_mode) or state.st_mode & 0o077:
                raise SafetyError(
                    "The key file can be read by others, or is no plain file.",
                    where=str(path),
                    fix="Make a new key if others may have read it; then chmod 600.",
                )
            return _decoded(stream.read(1024), str(path))
    except OSError:
        raise InputError(
            "The key file cannot be read.", where=str(path), fix="Make one with `auditor init --key FILE`."
        ) from None


def _decoded(data: bytes, where: str) -> bytes:
    if _HEX.fullmatch(data):
        return bytes.fromhex(data.decode("ascii"))
    if len(data) != KEY_BYTES or _HALF.fullmatch(data):
        raise InputError(
            "The key has the wrong length.", where=where, fix=f"Give {KEY_BYTES} bytes or 64 hexadecimal digits."
        )
    return data
