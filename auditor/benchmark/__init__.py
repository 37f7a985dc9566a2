"""Fine-tune a BERT on the data before and after, everything else equal, and say whether it helped."""

from auditor.benchmark.ablation import AblationResult, run_ablation
from auditor.benchmark.artefact import TrainedModel, load_model
from auditor.benchmark.data import Arm, TestSet
from auditor.benchmark.language import run_language_benchmark
from auditor.benchmark.result import BenchmarkResult
from auditor.benchmark.run import run_benchmark
from auditor.benchmark.scored import ScoredResult
from auditor.benchmark.several.data import LabelledTexts
from auditor.benchmark.several.result import SeveralResult
from auditor.benchmark.several.run import run_several_benchmark
from auditor.benchmark.tagging import TaggedRows, run_tagging_benchmark

__all__ = [
    "AblationResult",
    "Arm",
    "BenchmarkResult",
    "LabelledTexts",
    "ScoredResult",
    "SeveralResult",
    "TaggedRows",
    "TestSet",
    "TrainedModel",
    "load_model",
    "run_ablation",
    "run_benchmark",
    "run_language_benchmark",
    "run_several_benchmark",
    "run_tagging_benchmark",
]
