"""Input paths to bytes and text: globs, folders, ``.gz`` with limits, strict decoding."""

from __future__ import annotations

import glob
import gzip
import json
import zlib
from collections.abc import Sequence
from pathlib import Path

from auditor.errors import InputError, nearest

SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".txt")
_ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar", ".xz", ".bz2")
_CHUNK = 1 << 20


def expand(inputs: Sequence[str]) -> list[Path]:
    """Files named by paths, globs and folders, each once, in the order given (sorted within a glob or folder).

    Raises:
        InputError: nothing there, not accessible, an archive, or an unknown kind of file.
    """
    found: dict[Path, None] = {}
    for item in inputs:
        try:
            files = _files_of(item)
        except OSError as error:
            raise InputError(
                f"The input cannot be looked up ({error.strerror or 'input error'}).",
                where=item,
                fix="Check the path and the rights of its folders.",
            ) from None
        for file in files:
            _refuse_unknown(file)
            found[file.resolve()] = None
    return list(found)


def _files_of(item: str) -> list[Path]:
    path = Path(item)
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and kind(p) and not p.name.startswith("."))
        runs = _runs_below(path)
        files = [file for file in files if not runs.intersection(file.parents)]
        if not files:
            raise InputError(
                "The folder holds no file that can be read.",
                where=item,
                fix=f"Known kinds: {', '.join(SUFFIXES)}, also .gz.",
            )
        return files
    if path.exists():
        return [path]
    matches = glob.glob(item, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = sorted(Path(match) for match in matches if Path(match).is_file())
    if not files:
        raise _missing(path)
    return files


def _runs_below(folder: Path) -> set[Path]:
    """Run folders inside a folder, finished or not: what a run wrote is no input of the next."""
    found = set()
    for manifest in folder.rglob("manifest.json"):
        try:
            tool = json.loads(manifest.read_bytes()).get("tool")
        except (OSError, ValueError, AttributeError):
            continue
        if tool == "auditor" and manifest.parent != folder:
            found.add(manifest.parent)
    return found | {path for path in folder.rglob(".*.partial-*") if path.is_dir()}


def kind(path: Path) -> str | None:
    """Format by file name: one of `SUFFIXES`, ``.gz`` looked through; None if unknown."""
    name = path.name.lower().removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)


def _missing(path: Path) -> InputError:
    folder = path.parent if path.parent.is_dir() else Path()
    names = [p.name for p in folder.iterdir() if kind(p)] if folder.is_dir() else []
    return InputError("The input does not exist.", where=str(path), fix=nearest(path.name, names[:50]))


def _refuse_unknown(file: Path) -> None:
    if file.name.lower().removesuffix(".gz").endswith(_ARCHIVES):
        raise InputError("Archives are not read.", where=str(file), fix="Unpack it first and give the files.")
    if kind(file) is None:
        raise InputError(
            "The kind of file is not known.", where=str(file), fix=f"Known kinds: {', '.join(SUFFIXES)}, also .gz."
        )


def read_bytes(path: Path, limit: int) -> bytes:
    """The file's bytes, unzipped where its name ends in ``.gz``.

    Raises:
        InputError: unreadable, empty, broken ``.gz``, content of another kind, or more than `limit` bytes.
    """
    try:
        data = _gunzip(path, limit) if path.name.lower().endswith(".gz") else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError("The .gz file is damaged.", where=str(path), fix="Fetch or compress it again.") from None
    except OSError as error:
        raise InputError(
            f"The file cannot be read ({error.strerror or 'input error'}).",
            where=str(path),
            fix="Check path and rights.",
        ) from None
    if not data.strip():
        raise InputError("The file is empty.", where=str(path), fix="Give a file with at least a header and one row.")
    if len(data) > limit:
        raise _too_large(path, limit)
    looks = {b"PAR1": "Parquet", b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip"}
    for magic, name in looks.items():
        if data.startswith(magic):
            raise InputError(f"The content is {name}, not text.", where=str(path), fix="Rename the file by its kind.")
    return data


def _gunzip(path: Path, limit: int) -> bytes:
    parts, size = [], 0
    with gzip.open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise _too_large(path, limit)
            parts.append(chunk)
    return b"".join(parts)


def _too_large(path: Path, limit: int) -> InputError:
    return InputError(
        f"The file decodes to more than {limit:,} bytes.",
        where=str(path),
        fix="Split it, or raise the limit with --set corpus.max_decoded_bytes=N.",
    )


def decode(data: bytes, path: Path, encoding: str, keep_bad: bool) -> str:
    """Decode strictly.

    With `keep_bad`, bytes that are not `encoding` come out as lone surrogates (U+DC80 to U+DCFF), which the
    readers turn into rejected rows.

    Raises:
        InputError: unknown encoding, or bytes that are not `encoding` while `keep_bad` is false.
    """
    if encoding.lower().replace("-", "").replace("_", "") == "utf8":
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError(
                "The file is UTF-16.", where=str(path), fix="Give --encoding utf-16, or save the file as UTF-8."
            )
        data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode(encoding, "surrogateescape" if keep_bad else "strict")
    except LookupError:
        raise InputError(
            "The encoding is not known.", where=encoding, fix="For example utf-8, gb18030 or latin-1."
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"The file is not {encoding}.",
            where=f"{path}:{line}, byte {error.start}",
            fix="Give its encoding (--encoding gb18030, latin-1 ...), or --on-bad-row reject to set such rows aside.",
        ) from None
