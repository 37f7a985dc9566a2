"""Fine-tune a BERT on the data before and after, everything else equal, and say whether it helped."""

from auditor.benchmark.ablation import AblationResult, run_ablation
from auditor.benchmark.artefact import TrainedModel, load_model
from auditor.benchmark.data import Arm, TestSet
from auditor.benchmark.result import BenchmarkResult
from auditor.benchmark.run import run_benchmark

__all__ = [
    "AblationResult",
    "Arm",
    "BenchmarkResult",
    "TestSet",
    "TrainedModel",
    "load_model",
    "run_ablation",
    "run_benchmark",
]
