"""Of a large corpus the rows that a remedy would change are counted by the findings: as many as the plan changes."""

from pathlib import Path

from auditor.checks.run import scan_corpus
from auditor.config.settings import PiiSettings, Settings
from auditor.core.progress import silent
from auditor.corpus.load import load_corpus
from auditor.engine.local import LocalEngine
from auditor.prepare.counted_effects import counted_effects
from auditor.prepare.effects import effect_of
from auditor.prepare.remedies import settings_of, wanted_remedies
from tests.pipeline.test_fix import write_input

EXACT = {
    "privacy.identifier_rate": "masked",
    "duplicates.rate": "removed",
    "duplicates.conflict_rate": "to_review",
    "quality.empty_rate": "removed",
    "balance.ratio": "added",
}


def test_the_findings_count_what_the_plan_would_do(tmp_path: Path) -> None:
    write_input(tmp_path / "d.csv")
    settings = Settings(pii=PiiSettings(ner="off"), ignore=("STL", "DIV", "BIA"))
    corpus = load_corpus([str(tmp_path / "d.csv")], settings.corpus)
    scan = scan_corpus(corpus, settings, LocalEngine(1), silent)

    def rescan(*_: object) -> object:
        return scan.audit  # the letters are not looked at

    compared = set()
    for remedy, _ in wanted_remedies(scan.audit, settings):
        counted = counted_effects(scan, settings_of(settings, [remedy]))
        planned = effect_of(scan, settings, remedy, rescan)
        name = EXACT.get(remedy.metric)
        if planned is None or name is None or planned.avoided:
            continue
        assert counted.get(name) == planned.accounts.get(name), remedy.metric
        compared.add(remedy.metric)
    assert {"privacy.identifier_rate", "duplicates.rate", "balance.ratio"} <= compared
