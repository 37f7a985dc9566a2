"""Compile the kernel when the package is installed; where no compiler is found, NumPy does its work."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("auditor/dedup/kernel/shingles.c")
TARGET = Path("auditor/dedup/kernel/_shingles.so")


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels and editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile and put the library into the wheel."""
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        target = Path(self.root) / TARGET
        target.unlink(missing_ok=True)
        if self.target_name != "wheel" or compiler is None:
            return
        command = [compiler, "-O3", "-shared", "-fPIC", "-o", str(target), str(Path(self.root) / SOURCE)]
        try:
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the compiler of this machine
        except (OSError, subprocess.CalledProcessError):
            self.app.display_warning("auditor: the kernel could not be compiled; NumPy will be used")
            target.unlink(missing_ok=True)
            return
        build_data["artifacts"].append(str(TARGET))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
