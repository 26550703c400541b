"""Adam over one flat vector, with steps relative to the size of what they change.

Batch normalisation is folded into these weights, so a first layer's weights are a hundred times
smaller than a last one's: one learning rate for all of them breaks the network at its first step.
Every output channel's step is therefore scaled by the size of its weights at the start.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class FlatAdam:
    """Parameters and gradients become views of one vector each, which makes exchange and averages cheap."""

    def __init__(self, modules: Sequence[tuple[nn.Module, float]], betas: tuple[float, float] = (0.9, 0.99)) -> None:
        """Takes modules that own parameters, each with a factor on the learning rate."""
        owners = [(m, f) for m, f in modules if any(p.requires_grad for p in m.parameters(recurse=False))]
        parameters = [(p, f) for m, f in owners for p in m.parameters(recurse=False) if p.requires_grad]
        device = parameters[0][0].device
        self.values = torch.cat([p.detach().reshape(-1).float() for p, _ in parameters])
        self.grads = torch.zeros_like(self.values)
        self.scales = torch.cat([relative_scale(p.detach()).reshape(-1) * f for p, f in parameters]).to(device)
        at = 0
        for p, _ in parameters:
            p.data = self.values[at : at + p.numel()].view_as(p)
            p.grad = self.grads[at : at + p.numel()].view_as(p)
            at += p.numel()
        self.betas = betas
        self.first = torch.zeros_like(self.values)
        self.second = torch.zeros_like(self.values)
        self.steps = 0
        self.usual = 0.0
        self.skipped = 0

    @torch.no_grad()
    def step(self, rate: float) -> float:
        """One step with the gradients at hand, which are zeroed; the norm of the scaled gradient comes back."""
        norm = float((self.grads * self.scales).norm())
        if not norm < float("inf"):
            self.skipped += 1
            self.grads.zero_()
            return norm
        # An outlier counts as three times the usual gradient, no more.
        self.usual = norm if self.steps == 0 else 0.98 * self.usual + 0.02 * min(norm, 3 * self.usual)
        if norm > 3 * self.usual:
            self.grads.mul_(3 * self.usual / norm)
        self.steps += 1
        b1, b2 = self.betas
        self.first.lerp_(self.grads, 1 - b1)
        self.second.mul_(b2).addcmul_(self.grads, self.grads, value=1 - b2)
        root = (self.second / (1 - b2**self.steps)).sqrt_().add_(1e-12)
        self.values.addcdiv_(self.first * self.scales, root, value=-rate / (1 - b1**self.steps))
        self.grads.zero_()
        return norm

    def state(self) -> dict:
        """What a resumed run needs beside the parameters."""
        return {"first": self.first, "second": self.second, "steps": self.steps, "usual": self.usual}

    def load(self, state: dict) -> None:
        """The reverse of `state`."""
        self.first.copy_(state["first"])
        self.second.copy_(state["second"])
        self.steps, self.usual = state["steps"], state["usual"]


def relative_scale(p: Tensor) -> Tensor:
    """Root mean square of each output channel, at least a tenth of the tensor's; a bias has one for all."""
    whole = p.pow(2).mean().sqrt().clamp_min(1e-3)
    if p.dim() < 2:
        return whole.expand_as(p).clone()
    rows = p.flatten(1).pow(2).mean(1).sqrt().clamp_min(float(whole) / 10)
    return rows.view(-1, *[1] * (p.dim() - 1)).expand_as(p).clone()
