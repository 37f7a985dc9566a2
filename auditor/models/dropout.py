"""Dropout whose mask is cheap to draw on the processor. Imports torch: import it only where a model is built.

torch draws a mask's elements one after the other in one thread, a fifteenth to a sixth of a training step. Here one
64-bit number decides four elements: 16 bits each, compared with a threshold. So the rate is rounded to a multiple of
1/65536 (0.1 to 0.100006); what stays is scaled by the rounded rate, which keeps the mean exact. The numbers are of
torch's own generator: the same seed drops the same elements. On a GPU torch's own dropout is as good, and is taken.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

_LEVELS = 1 << 16


class Dropout(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """`drop` with a share of `p` while the model is trained; nothing else."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """`hidden` with a share of `p` set to 0 and the rest scaled up; as it is where the model is not trained."""
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
    """`hidden` with a share of `p`, below 1, set to 0 and the rest scaled up."""
    if hidden.is_cuda:
        return F.dropout(hidden, p)
    dropped = round(p * _LEVELS)
    dropped_out: torch.Tensor = _Drop.apply(hidden, dropped) if dropped else hidden
    return dropped_out
