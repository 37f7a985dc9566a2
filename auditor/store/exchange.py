"""Two folders change places in one step, so that a reader finds the old or the new one at every moment."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)
"""Errors of kernels and file systems that have no exchange."""


def exchange(one: Path, other: Path) -> bool:
    """Let two paths of one file system change places (``renameat2`` of Linux).

    Returns:
        Whether they did; False where the system cannot do it in one step, and nothing was changed.

    Raises:
        OSError: it can, and it failed.
    """
    if not sys.platform.startswith("linux"):
        return False
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number))
