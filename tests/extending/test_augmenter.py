"""An augmenter added from outside the package: one file, one registration, one setting."""

import pyarrow.parquet as pq

CLEAN = ("clean", "in.csv", "--ner", "off", "-q", "-o", "run", "--set", "prepare.augment_budget=0.5")


def test_small_classes_get_copies_from_a_new_augmenter(auditor, folder_with, rows):
    folder = folder_with("chat_spelling")
    (folder / "in.csv").write_text("\n".join(rows), "utf-8")
    done = auditor(*CLEAN, "--augment", "chat-spelling", "--language", "en", cwd=folder)
    assert done.returncode == 0, done.stderr
    train = pq.read_table(folder / "run" / "dataset" / "train-00000-of-00001.parquet").to_pylist()
    ledger = pq.read_table(folder / "run" / "ledger.parquet").to_pylist()
    copies = [row for row in train if row["row_id"] is None]
    assert copies and {row["label"] for row in copies} == {"refund"}
    assert all({"cos", "n", "u", "r", "2", "pls", "thx"} & set(row["text"].split()) for row in copies)
    assert "chat-spelling" in str(ledger)


def test_it_is_refused_for_other_languages_and_without_the_setting(auditor, folder_with, rows):
    folder = folder_with("chat_spelling")
    (folder / "in.csv").write_text("\n".join(rows), "utf-8")
    done = auditor(*CLEAN, "--augment", "chat-spelling", "--language", "zh", cwd=folder)
    assert done.returncode == 2 and "is for English texts only" in done.stderr
    done = auditor(*CLEAN, "--augment", "chat-spelling", "--set", "plugins=", cwd=folder)
    assert done.returncode == 2 and "There is no such augmenter." in done.stderr
    assert not (folder / "run").exists()


def test_what_it_requires_is_asked_for_before_the_run_and_named_by_doctor(auditor, tmp_path, rows):
    (tmp_path / "needy.py").write_text(
        "from auditor.plugins import register_augmenter\n"
        "from auditor.prepare.augment.base import Augmenter, Requirement\n"
        "class Needy(Augmenter):\n"
        "    name = 'needy'\n"
        "    requires = (Requirement('no_such_package', 'dreams', install='pip install no-such-package'),)\n"
        "    def load(self, options): raise AssertionError\n"
        "register_augmenter(Needy())\n"
    )
    (tmp_path / "auditor.toml").write_text('plugins = ["needy.py"]\n')
    (tmp_path / "in.csv").write_text("\n".join(rows), "utf-8")
    done = auditor(*CLEAN, "--augment", "needy", cwd=tmp_path)
    assert done.returncode == 2 and not (tmp_path / "run").exists()
    assert "Augmentation by needy needs no_such_package." in done.stderr
    assert "pip install no-such-package" in done.stderr
    done = auditor("doctor", cwd=tmp_path)
    assert done.returncode == 0
    assert "MISSING  no_such_package          dreams: pip install no-such-package" in done.stdout
