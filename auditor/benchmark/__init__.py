"""Fine-tune a model on the data before and after preparation, all else equal, and test whether it helped."""

from auditor.benchmark.artefact import TrainedModel, load_model
from auditor.benchmark.result import Benchmark
from auditor.benchmark.run import run_ablation, run_benchmark
from auditor.benchmark.sides import RunData, Side, Sides
from auditor.benchmark.tasks.base import Task
from auditor.benchmark.tasks.registry import task_for
from auditor.core.benchmark_result import BenchmarkResult

__all__ = [
    "Benchmark",
    "BenchmarkResult",
    "RunData",
    "Side",
    "Sides",
    "Task",
    "TrainedModel",
    "load_model",
    "run_ablation",
    "run_benchmark",
    "task_for",
]
