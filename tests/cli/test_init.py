"""`auditor init`: every setting is explained, and the file is valid with all of it uncommented."""

import re
import tomllib

from auditor.cli.init import field_texts, settings_lines
from auditor.config.loading import known_keys
from auditor.config.settings import Settings


def uncommented():
    lines = settings_lines()
    return "\n".join(re.sub(r"^# (?=[a-z_]+ = |\[[a-z]+\]$)", "", line) for line in lines if "# not set" not in line)


def test_the_file_with_all_defaults_is_the_defaults():
    assert Settings.model_validate(tomllib.loads(uncommented())) == Settings()


def test_every_setting_is_in_it_with_a_text_above():
    lines = settings_lines()
    text = "\n".join(lines)
    for key in known_keys():
        name = key.rpartition(".")[2]
        assert re.search(rf"^# (?:{name} = |\[{name}\])", text, re.MULTILINE), key
    for number, line in enumerate(lines):
        if re.match(r"# (?:[a-z_]+ = |\[[a-z]+\]$)", line):
            assert lines[number - 1].startswith("# "), line


def test_allowed_words_are_named():
    assert "One of: none, weights, oversample, undersample." in " ".join(
        "\n".join(settings_lines()).replace("# ", "").split()
    )
    assert field_texts(Settings)["fail_on"].startswith("Exit with 1")
