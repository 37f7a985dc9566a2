"""Load the settings of a run from their sources.

In ascending precedence: defaults, presets (``--for``), ``auditor.toml`` (or ``[tool.auditor]`` of ``pyproject.toml`` if
there is no ``auditor.toml``), environment (``AUDITOR_FAIL_ON``, ``AUDITOR_PII_NER``), ``--set KEY=VALUE``, options. A
file given with ``--config`` replaces both files.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from auditor.config.fields import Plain, setting_at, settings_fields, value_of
from auditor.config.origins import Loaded, Origin, leaves
from auditor.config.plugins import import_plugins
from auditor.config.presets import presets
from auditor.config.settings import Settings
from auditor.errors import UsageError, nearest
from auditor.rules import code_docs, metric_specs, thresholds


def load_settings(
    file: Path | None = None,
    pairs: Iterable[str] = (),
    options: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Load the settings of a run and import its plug-ins; see the module docstring for the precedence.

    Args:
        file: a settings file; None: the one in the working directory, if any.
        pairs: texts ``KEY=VALUE`` with dotted keys.
        options: values by dotted key, from command-line options; None values are ignored.
        environment: variables named ``AUDITOR_`` plus the key in capitals, with ``_`` for dots.

    Raises:
        UsageError: a key or code is unknown, a file is unreadable, a value is invalid, or a plug-in cannot be used.
        InputError: the rules of a plug-in check are not valid.
    """
    return load(file, pairs, options, environment).settings


def load(
    file: Path | None = None,
    pairs: Iterable[str] = (),
    options: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Loaded:
    """Like `load_settings`, also returning the origin of each value."""
    user_values = _UserValues()
    tree, origin = _from_file(file)
    user_values.tree.update(tree)
    user_values.origins.update(dict.fromkeys(leaves(tree), origin))
    for setting in settings_fields().values():
        if setting.variable is not None and (value := environment.get(setting.variable)):
            user_values.put(setting.name, setting.parsed(value), Origin("environment", setting.variable))
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise UsageError(
                "A setting needs the form KEY=VALUE.", where=f"--set {pair}", fix="For example --set duplicates.ngram=5"
            )
        user_values.put(key, _parsed(key, value), Origin("flag", "--set"))
    for key, typed in (options or {}).items():
        if typed not in (None, ()):
            setting_of_key = setting_at(key)
            user_values.put(key, typed, Origin("flag", (setting_of_key and setting_of_key.flags) or ""))
    preset_values = _from_presets(user_values.tree.get("presets"))
    return Loaded(
        _checked(_merge(preset_values.tree, user_values.tree)), {**preset_values.origins, **user_values.origins}
    )


def _from_presets(names: object) -> _UserValues:
    """The values set by presets; unknown names are reported when the settings are validated."""
    user_values = _UserValues()
    words = names.split(",") if isinstance(names, str) else names if isinstance(names, (list, tuple)) else ()
    known = presets() if words else {}
    for word in words:
        if (preset := known.get(str(word).strip())) is not None:
            for key, value in preset.settings.items():
                user_values.put(key, value, Origin("preset", str(word).strip()))
    return user_values


def _merge(preset_values: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Merge nested tables; values of `above` take precedence."""
    merged = dict(preset_values)
    for key, value in above.items():
        inner = merged.get(key)
        merged[key] = _merge(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return merged


@dataclass
class _UserValues:
    """The values given by the user, later sources replacing earlier ones."""

    tree: dict[str, object] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def put(self, key: str, value: object, origin: Origin) -> None:
        """Set the value at a dotted key.

        Raises:
            UsageError: a parent of the key is a value.
        """
        tree, (*parents, last) = self.tree, key.split(".")
        for parent in parents:
            inner = tree.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise UsageError("A setting is used as a group.", where=key, fix=nearest(key, known_keys()))
            tree = inner
        tree[last] = value
        self.origins.pop(key, None)  # move it to the end
        self.origins[key] = origin


def _checked(tree: Mapping[str, object]) -> Settings:
    """Validate the settings, after importing the plug-ins that they name.

    Raises:
        UsageError, InputError: see `load_settings`.
    """
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise _usage_error(error) from None
    import_plugins(settings.plugins)
    _require_metrics("thresholds", settings.thresholds, thresholds() if settings.thresholds else ())
    _require_metrics("limits", settings.limits, metric_specs() if settings.limits else ())
    return _with_known_codes(settings)


def import_own_plugins(environment: Mapping[str, str] = os.environ) -> None:
    """Import the plug-ins named in the working directory's settings and the environment, ignoring other settings.

    Raises:
        UsageError: the file cannot be read, the setting is not a list of texts, or a plug-in is missing or fails.
        InputError: the rules of an added check are not valid.
    """
    user_values = environment.get("AUDITOR_PLUGINS")
    tree = {"plugins": _parsed("plugins", user_values) if user_values else _from_file(None)[0].get("plugins", ())}
    try:
        import_plugins(Settings.model_validate(tree).plugins)
    except ValidationError as error:
        raise _usage_error(error) from None


def _require_metrics(key: str, user_values: Iterable[str], known: Collection[str]) -> None:
    unknown = [name for name in user_values if name not in known]
    if unknown:
        kind = "judged metric" if key == "thresholds" else "metric"
        raise UsageError(
            f"There is no {kind} of this name.",
            where="; ".join(f"{key}: {name}" for name in unknown),
            fix=" ".join(nearest(name, known) for name in unknown),
        )


def _from_file(file: Path | None) -> tuple[dict[str, object], Origin]:
    """The settings of `file`, otherwise of the working directory, and their origin."""
    local, project = Path("auditor.toml"), Path("pyproject.toml")
    if file is not None:
        return _read_toml(file), Origin("--config", str(file))
    if local.is_file():
        return _read_toml(local), Origin("auditor.toml")
    tree: dict[str, object] = {}
    if project.is_file() and "tool.auditor" in project.read_text("utf-8", errors="replace"):
        tools = _read_toml(project).get("tool")
        tree = tools.get("auditor", {}) if isinstance(tools, dict) else {}
    return tree, Origin("[tool.auditor]", "in pyproject.toml")


def _read_toml(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        raise UsageError(
            "The settings file does not exist.", where=str(file), fix="Check the path; `auditor init` writes one."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        line = re.search(r"line \d+", str(error))
        raise UsageError(
            "The settings file cannot be read.",
            where=f"{file} {line[0] if line else ''}".strip(),
            fix="Check its TOML; `auditor init` writes a valid one.",
        ) from None


def known_keys() -> list[str]:
    """All dotted setting names."""
    return list(settings_fields())


def _parsed(key: str, value: str) -> str | tuple[str, ...]:
    """Parse a text for the setting at a dotted key."""
    setting = settings_fields().get(key)
    return value if setting is None else setting.parsed(value)


def _usage_error(error: ValidationError) -> UsageError:
    """One error for all problems, without the values."""
    problems, advice = [], []
    every = "See `auditor init` for every setting with its default."
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            inner = item["input"]  # of an unknown group: the settings in it
            keys = [f"{key}.{name}" for name in inner] if isinstance(inner, dict) and inner else [key]
            problems += [f"{one}: unknown" for one in keys]
            advice += [_meant(one, every) for one in keys]
        else:
            problems.append(f"{key}: {item['msg'].lower().removeprefix('value error, ')}")
    return UsageError(
        "A setting is not valid.",
        where="; ".join(problems),
        fix=" ".join(dict.fromkeys(advice)) or every,
    )


def _meant(key: str, otherwise: str) -> str:
    """A suggestion for an unknown setting: the settings of its name in other groups, or the nearest of all."""
    name = key.rpartition(".")[2]
    grouped = [one for one in known_keys() if "." in one]
    of_the_name = [one for one in grouped if get_close_matches(name, [one.rpartition(".")[2]], cutoff=0.8)]
    if len(of_the_name) > 1 and key.partition(".")[0] not in Settings.model_fields:
        return nearest("", of_the_name)
    return nearest(key, known_keys(), otherwise)


def _with_known_codes(settings: Settings) -> Settings:
    """Replace dimensions in `select` and `ignore` by prefixes of codes.

    Raises:
        UsageError: a word is neither a code, a prefix of codes nor a dimension.
    """
    if not settings.select and not settings.ignore:
        return settings
    prefixes = {doc.dimension.upper(): doc.code[:3] for doc in code_docs().values()}
    known = {*code_docs(), *prefixes.values()}
    chosen = {}
    for key in ("select", "ignore"):
        words = [prefixes.get(word, word) for word in getattr(settings, key)]
        for word in words:
            if not is_code(word):
                raise UsageError(
                    "There is no finding code of this name.",
                    where=f"{key}: {word}",
                    fix=nearest(
                        word, known, f"Codes begin with {', '.join(sorted(prefixes.values()))}; see `auditor rules`."
                    ),
                )
        chosen[key] = tuple(words)
    return settings.model_copy(update=chosen)


def is_code(word: str) -> bool:
    """Whether `word` is a finding code, or a prefix that identifies at least a check (``DUP``, ``PII9``)."""
    return len(word) >= 3 and any(code.startswith(word) for code in code_docs())


def require_files(settings: Settings) -> None:
    """Require that the files named by settings exist, before anything is read.

    Raises:
        UsageError: a file or folder is missing.
    """
    missing = [
        (setting.name, path)
        for setting in settings_fields().values()
        if setting.files is not None
        for path in _as_paths(value_of(settings, setting.name))
        if not (setting.files.may_be_pattern and set(path) & set("*?[")) and not Path(path).exists()
    ]
    if missing:
        raise UsageError(
            "A file named by a setting does not exist.",
            where="; ".join(f"{key} = {path}" for key, path in missing),
            fix="Check the path; relative paths start at the working directory.",
        )


def _as_paths(value: Plain) -> list[str]:
    return [value] if isinstance(value, str) else value if isinstance(value, list) else []
