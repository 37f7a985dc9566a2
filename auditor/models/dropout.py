"""Dropout whose mask is cheap to draw on the processor. Imports torch: import it only where a model is built.

torch draws a mask's elements one after the other in one thread, a fifteenth to a sixth of a training step. Here one
64-bit number decides four elements: 16 bits each, compared with a threshold. So the rate is rounded to a multiple of
1/65536 (0.1 to 0.100006); what stays is scaled by the rounded rate, which keeps the mean exact. The numbers are of
torch's own generator: the same seed drops the same elements.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

ATTENTION = "auditor_sdpa"
"""Name under which transformers finds `attention`."""
_LEVELS = 1 << 16


class BitDropout(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """In place of ``nn.Dropout``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """`hidden` with a share of `p` set to 0 and the rest scaled up; as it is where the model is not trained."""
        return drop(hidden, self.p) if self.training else hidden


class _Drop(torch.autograd.Function):  # type: ignore[misc]  # torch is untyped here
    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, dropped: int) -> torch.Tensor:
        words = torch.empty(-(-hidden.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        bits = words.view(torch.int16)[: hidden.numel()].view(hidden.shape)
        factor = (bits >= dropped - _LEVELS // 2).to(hidden.dtype).mul_(_LEVELS / (_LEVELS - dropped))
        ctx.save_for_backward(factor)
        return hidden * factor

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient * ctx.saved_tensors[0], None


def drop(hidden: torch.Tensor, p: float) -> torch.Tensor:
    """`hidden` with a share of `p`, below 1, set to 0 and the rest scaled up."""
    dropped = round(p * _LEVELS)
    dropped_out: torch.Tensor = _Drop.apply(hidden, dropped) if dropped else hidden
    return dropped_out


def attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Scaled dot-product attention as transformers calls it, (rows, heads, tokens, width) each.

    torch's own computes the same in the same order where there is dropout, and is used where there is none.
    """
    if not dropout:
        plain: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=0.0, scaling=scaling, **others
        )
        return plain
    weights = torch.matmul(query, key.transpose(2, 3)) * (scaling if scaling is not None else query.shape[-1] ** -0.5)
    if attention_mask is not None:
        weights = weights.masked_fill(~attention_mask, torch.finfo(weights.dtype).min)
    kept = drop(torch.softmax(weights, -1).to(value.dtype), dropout)
    return torch.matmul(kept, value).transpose(1, 2).contiguous(), None


def with_cheap_dropout(encoder: PreTrainedModel) -> PreTrainedModel:
    """`encoder`, its dropout replaced; of a BERT in attention too. On a GPU torch's own is as good: nothing is done."""
    if torch.cuda.is_available():
        return encoder
    for module in list(encoder.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Dropout:
                setattr(module, name, BitDropout(child.p))
    if encoder.config.model_type == "bert" and encoder.config._attn_implementation == "sdpa":
        AttentionInterface.register(ATTENTION, attention)
        ALL_MASK_ATTENTION_FUNCTIONS.register(ATTENTION, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
        encoder.set_attn_implementation(ATTENTION)
    return encoder
