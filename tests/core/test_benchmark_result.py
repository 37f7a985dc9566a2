"""The one type of a benchmark's result: it survives a file, and reads files of earlier versions."""

from __future__ import annotations

import json

import pytest

from auditor.core.benchmark_result import BenchmarkResult

SCORE = {"per_seed": [0.5, 0.75], "mean": 0.625}
CHANGE = {"value": 0.1, "interval": [-0.1, 0.3], "p_value": 0.2, "detectable": 0.4, "outcome": "no-difference"}
COMPARISON = {"before": {"macro_f1": SCORE}, "after": {"macro_f1": SCORE}, "difference": {"macro_f1": CHANGE}}
SHARES = {"before": 0.5, "after": 1.0}
GAP = {"difference": 0.2, "lowest": "web", "highest": "phone"}
WHOLE = {
    "task": "text-classification", "model": "small", "seeds": [0, 1], "complete": True, **COMPARISON,
    "p_value": 0.2, "mcnemar_p_value": 1.0, "effect_size_h": 0.01, "method": "bootstrap", "verdict": "No difference.",
    "learned": True, "outcome": "no-difference", "calibration_error": SHARES, "undisputed": {"rows": 9, **COMPARISON},
    "groups": {"source": {"web": {"rows": 30, **COMPARISON}}}, "group_gaps": {"source": {"before": GAP, "after": GAP}},
    "ensemble": {"before": {"macro_f1": SCORE}, "after": {"macro_f1": SCORE}},
    "robustness": {"rows": 4, "none": COMPARISON, "typos": COMPARISON},
    "quantized": {"scheme": "int8", "megabytes": [90.0, 30.0], "agreement": 1.0}, "baseline": COMPARISON,
    "classes": [{"label": "a", "test_rows": 3, "train_rows": {"before": 5, "after": 6}, "precision": SHARES,
                 "recall": SHARES, "f1": SHARES}],
    "confusions": {"pairs": [{"label": "a", "predicted": "b", "before": 1.5, "after": 0.0}], "labels": ["a", "b"],
                   "before": [[1.0, 1.5], [0.0, 2.0]], "after": [[2.5, 0.0], [0.0, 2.0]]},
    "rows": {"used": {"before": 60, "after": 58, "test": 9}, "available": {"before": 60, "after": 58, "test": 9},
             "cut_texts": {"before": 0, "after": 0, "test": 1}, "undisputed_test": 9,
             "unseen_label_test": {"before": 0, "after": 1}, "test_texts_also_in_train": {"before": 0, "after": 0}},
    "budget": {"steps": 30, "learning_rate": 5e-4}, "examples_per_second": "manifest.json#/benchmark",
    "ablation": {"task": "text-classification", "model": "small", "seeds": [0], "complete": True, "method": "bootstrap",
                 "budget": {"steps": 30}, "arms": [
                     {"name": "before", "train_rows": 60, "scores": {"macro_f1": SCORE}, "against_first": None,
                      "against_previous": None},
                     {"name": "after", "train_rows": 58, "scores": {"macro_f1": SCORE},
                      "against_first": {"difference": {"macro_f1": CHANGE}, "verdict": "No difference."},
                      "against_previous": {"difference": {"macro_f1": CHANGE}, "verdict": "No difference."}}]},
}  # fmt: skip
"""As text classification writes it."""

PERPLEXITY = {
    "task": "masked-language-modelling", "model": "small", "seeds": [0, 1], "complete": True,
    "before": {"perplexity": {"per_seed": [40.5, 41], "mean": 40.75}},
    "after": {"perplexity": {"per_seed": [39.5, 40], "mean": 39.75}}, "difference": {"perplexity": CHANGE},
    "p_value": 0.2, "method": "bootstrap", "verdict": "No difference.", "outcome": "no-difference", "baseline": None,
    "rows": {"used": {"before": 60, "after": 58, "test": 9}}, "budget": {"steps": 30}, "examples_per_second": "there",
}  # fmt: skip
"""As masked language modelling wrote it when each task had keys of its own."""


def contained(part: object, whole: object) -> bool:
    """Whether `whole` has every key of `part` with an equal value."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and contained(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(contained, part, whole))
    return part == whole


@pytest.mark.parametrize("stored", [WHOLE, PERPLEXITY])
def test_what_is_read_is_written_again(stored: dict[str, object]) -> None:
    result = BenchmarkResult.from_json(stored)
    written = json.loads(json.dumps(result.to_json()))
    assert contained(stored, written)
    assert BenchmarkResult.from_json(written) == result


def test_what_a_task_does_not_measure_is_none() -> None:
    result = BenchmarkResult.from_json(PERPLEXITY)
    assert result.learned is None and result.confusions is None and result.rows.available is None
    assert result.groups == {} and result.classes == ()


def test_numbers_keep_their_kind() -> None:
    budget = BenchmarkResult.from_json(WHOLE).budget
    assert budget == {"steps": 30, "learning_rate": 5e-4} and isinstance(budget["steps"], int)


@pytest.mark.parametrize("key", ["task", "before", "difference", "rows"])
def test_other_data_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        BenchmarkResult.from_json({name: value for name, value in WHOLE.items() if name != key})
