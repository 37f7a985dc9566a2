"""The page in both languages: each leads to the other, and only to one that is there."""

from __future__ import annotations

from pathlib import Path


def test_each_page_leads_to_the_other_that_is_there(auditor, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text\n" + "".join(f"letter {i} of the day was sent off\n" for i in range(40)))
    plain = ("scan", "d.csv", "--ner", "off", "--select", "QLT", "--set", "effects=false")
    done = auditor(*plain, "-o", "both", "--set", "report.both_languages=true", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pages = {name: (tmp_path / "both" / name).read_text("utf-8") for name in ("report.html", "report.zh.html")}
    assert 'href="report.zh.html"' in pages["report.html"] and 'href="report.html"' in pages["report.zh.html"]
    assert auditor(*plain, "-o", "one", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "one" / "report.zh.html").exists()
    assert "hreflang" not in (tmp_path / "one" / "report.html").read_text("utf-8")
    auditor("report", "one", "--lang", "zh", cwd=tmp_path)
    assert 'href="report.html"' in (tmp_path / "one" / "report.zh.html").read_text("utf-8")
    auditor("report", "one", "--lang", "zh", "-o", "elsewhere.html", cwd=tmp_path)
    assert "hreflang" not in (tmp_path / "elsewhere.html").read_text("utf-8")
