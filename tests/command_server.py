"""Processes of the command line that need not import everything anew: a server has imported it once, and forks.

Each command is a process of its own, with its own folder, environment, output and exit code, as if it had been started
from a shell; what a fresh interpreter would do before `auditor.cli.main.main` is what it does not do again. Tests of
the start itself start Python.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = (
    "babel", "cleanlab.filter", "cleanlab.rank", "jinja2", "pandas", "phonenumbers", "pyarrow.dataset", "pyarrow.parquet",
    "re2", "scipy.sparse.csgraph", "scipy.stats", "sklearn.decomposition", "sklearn.feature_extraction.text",
    "sklearn.linear_model", "sklearn.neighbors", "sklearn.svm", "spacy", "tokenizers", "torch", "transformers",
)  # fmt: skip
"""Imported where they are installed: what commands import when they need it."""
_SERVERS: list[CommandServer] = []


@dataclass(frozen=True)
class Finished:
    """A command that ended.

    Attributes:
        args: words after ``auditor``.
        returncode: exit code, or the signal that ended it, negative.
        stdout: what it printed.
        stderr: what it said on the error output.
        peak_bytes: resident memory at its highest, with the libraries that the server had loaded.
    """

    args: list[str]
    returncode: int
    stdout: str
    stderr: str
    peak_bytes: int


class CommandServer:
    """Runs commands one after another; ends with `close` or with the process that made it.

    Args:
        environment: further variables of the server itself; those of a command are given with it.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **(environment or {})}
        self._process = subprocess.Popen(
            [sys.executable, __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self,
        arguments: Sequence[str],
        cwd: Path | None,
        environment: Mapping[str, str],
        timeout: float,
        entry: str = "",
    ) -> Finished:
        """One command, or the function `entry` (``module:name``) with the arguments in ``sys.argv``.

        Raises `subprocess.TimeoutExpired` and kills it when it takes too long.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            request = {
                "arguments": list(arguments), "entry": entry, "cwd": str(cwd or Path.cwd()), "environment": dict(environment),
                "out": f"/proc/{os.getpid()}/fd/{out.fileno()}", "err": f"/proc/{os.getpid()}/fd/{err.fileno()}",
            }  # fmt: skip
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            child = int(self._process.stdout.readline())
            timer = threading.Timer(timeout, _kill, [child])
            timer.start()
            code, peak = map(int, self._process.stdout.readline().split())
            timer.cancel()
            if code == -signal.SIGKILL and timer.finished.is_set() and not timer.is_alive():
                raise subprocess.TimeoutExpired(list(arguments), timeout)
            texts = []
            for stream in (out, err):
                stream.seek(0)
                with io.TextIOWrapper(stream, "utf-8", errors="strict") as text:
                    texts.append(text.read())
        return Finished(list(arguments), code, *texts, peak)

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def run_auditor(
    *arguments: object,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 300,
    entry: str = "",
) -> Finished:
    """The command line as a process of its own, by the server of this process.

    Args:
        arguments: words after ``auditor``.
        cwd: folder of the process; None: this one's.
        environment: None: this process's, without colours.
        timeout: seconds.
        entry: a function to call instead of the command line, ``module:name``.
    """
    if not _SERVERS:
        _SERVERS.append(CommandServer())
        atexit.register(_SERVERS[0].close)
    asked = {**os.environ, "NO_COLOR": "1"} if environment is None else environment
    return _SERVERS[0].run([str(word) for word in arguments], cwd, asked, timeout, entry)


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)


def _serve() -> None:
    import auditor
    from auditor.cli.main import main

    for module in pkgutil.walk_packages(auditor.__path__, "auditor."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # of an extra that is not installed
                importlib.import_module(module.name)
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _warm()
    gc.freeze()  # a collection in a child would write to, and so copy, all of these pages
    replies = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            replies.close()
            _become(request)
            _entry(request["entry"])() if request["entry"] else main()
            sys.stdout.flush()
            os._exit(0)
        replies.write(f"{child}\n")
        replies.flush()
        _, status, usage = os.wait4(child, 0)
        replies.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss * 1024}\n")
        replies.flush()


def _entry(name: str) -> Callable[[], object]:
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


def _warm() -> None:
    """Load rules, word lists, templates and weights that commands load when they need them."""
    from auditor.config.fields import settings_fields
    from auditor.config.settings import Settings
    from auditor.pii.detector import detector
    from auditor.report.formats.html import template_environment
    from auditor.report.messages import Messages
    from auditor.rules import check_specs, code_docs
    from auditor.text.language import text_language
    from auditor.text.normalise import character_classes, fold_table

    for load in (settings_fields, check_specs, code_docs, character_classes, fold_table):
        load()
    for name in template_environment().list_templates(extensions=["j2", "css", "js"]):
        template_environment().get_template(name)
    for lang in ("en", "zh"):
        Messages(lang)
    text_language("In which language is this?")
    settings = Settings()
    for language, text in (("en", "Ann Miller wrote to ann@example.org on 4 May."), ("zh", "Ａ 张伟住在北京。")):
        detector(settings.pii, language, settings.today()).spans([text], ner=True)
        plain = settings.pii.model_copy(update={"ner": "off"})
        detector(plain, language, settings.today()).spans([text], ner=False)


def _become(request: dict) -> None:
    """Take the place of a fresh process."""
    from tests.faults import injected

    os.setpgid(0, 0)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for place, name in ((1, "out"), (2, "err")):
        handle = os.open(request[name], os.O_WRONLY | os.O_APPEND)
        os.dup2(handle, place)
        os.close(handle)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    injected.install()
    tempfile.tempdir = None  # found anew from the environment
    sys.argv = ["auditor", *request["arguments"]]


if __name__ == "__main__":
    _serve()
