"""A report format added from outside the package: one file, one registration, one setting."""

import csv
import io


def test_a_run_is_reported_in_a_new_format(auditor, folder_with, rows):
    folder = folder_with("csv_report")
    (folder / "in.csv").write_text("\n".join(rows), "utf-8")
    assert auditor("scan", "in.csv", "--ner", "off", "-q", "-o", "run", cwd=folder).returncode == 0
    done = auditor("report", "run", "--format", "csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    head, *lines = csv.reader(io.StringIO(done.stdout))
    assert head == ["dimension", "grade", "status"]
    assert "Duplicates" in [name for name, _, _ in lines]
    done = auditor("report", "run", "--format", "csv", "--lang", "zh", "-o", "zh.csv", cwd=folder)
    assert done.returncode == 0 and "zh.csv" in done.stderr
    assert "重复" in (folder / "zh.csv").read_text("utf-8")


def test_without_the_setting_the_format_is_unknown(auditor, tmp_path):
    done = auditor("report", "run", "--format", "csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "There is no such report format." in done.stderr and "--format csv" in done.stderr
