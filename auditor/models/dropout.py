"""Dropout with a mask that is cheap to generate on the CPU. Imports torch: import it only where a model is built.

torch generates the elements of a mask sequentially in one thread, which takes a fifteenth to a sixth of a training
step. Here a 64-bit random number decides four elements by comparing 16 bits each with a threshold. The rate is
therefore rounded to a multiple of 1/65536 (0.1 to 0.100006); scaling by the rounded rate keeps the mean exact. The
random numbers come from torch's generator, so equal seeds drop equal elements. On a GPU, torch's own dropout is used.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

_LEVELS = 1 << 16


class Dropout(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Dropout with rate `p` during training."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Apply dropout during training; otherwise return `hidden` unchanged."""
        return drop(hidden, self.p) if self.training else hidden


class _Drop(torch.autograd.Function):  # type: ignore[misc]  # torch is untyped here
    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, hidden: torch.Tensor, dropped: int) -> torch.Tensor:
        words = torch.empty(-(-hidden.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        bits = words.view(torch.int16)[: hidden.numel()].view(hidden.shape)
        factor = (bits >= dropped - _LEVELS // 2).to(hidden.dtype).mul_(_LEVELS / (_LEVELS - dropped))
        ctx.save_for_backward(factor)
        return hidden * factor

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient * ctx.saved_tensors[0], None


def drop(hidden: torch.Tensor, p: float) -> torch.Tensor:
    """Set a share `p` < 1 of the elements to 0 and scale the others by 1 / (1 - p)."""
    if hidden.is_cuda:
        return F.dropout(hidden, p)
    dropped = round(p * _LEVELS)
    dropped_out: torch.Tensor = _Drop.apply(hidden, dropped) if dropped else hidden
    return dropped_out
