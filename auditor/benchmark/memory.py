"""Error handling for memory that runs out in training."""

from __future__ import annotations

from contextlib import AbstractContextManager

from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.errors import enough_memory


def training_memory(options: BenchmarkSettings, divisible: bool = True) -> AbstractContextManager[None]:
    """A context for training and prediction; if memory runs out, the error names settings that need less.

    Args:
        options: settings of the benchmark.
        divisible: whether the task can compute a batch in parts (``benchmark.accumulate``).

    Raises:
        MemoryRanOutError: raised by the context.
    """
    batch = f"benchmark.batch_size = {options.batch_size}, benchmark.max_length = {options.tokens()}"
    smaller = f"benchmark.max_length={max(8, options.tokens() // 2)}"
    if divisible:
        batch += f", benchmark.accumulate = {options.accumulate}"
        smaller = f"benchmark.accumulate={4 * options.accumulate} (the same batch in smaller parts) or {smaller}"
    else:
        smaller = f"benchmark.batch_size={max(1, options.batch_size // 4)} or {smaller}"
    return enough_memory(
        "Memory ran out in training; the trainings finished before are kept.",
        where=batch,
        fix=f"Free memory and go on with --resume, or begin again with --set {smaller}.",
    )
