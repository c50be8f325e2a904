"""Class-conditional losses on embeddings: a row is pulled to its class and pushed from the others."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from ganframe import component, option, wire


@component
class ConditionalContrastive:
    """Conditional contrastive loss (2C loss, ContraGAN, arXiv:2006.12681, eq. 8).

    Mean over rows i of -log [(e_i + sum over k != i of the same class of s_ik) / (e_i + sum over k != i of s_ik)],
    e_i = exp(cos(l_i, proxy_i) / t), s_ik = exp(cos(l_i, l_k) / t), t the temperature. Embeddings and proxies are
    normalised here. One such loss reads the real batch and trains the discriminator, another the fake one.
    """

    embedding: str = wire("the discriminator's embedding (N, d), e.g. \"real.discriminator.embedding\"")
    proxy: str = wire("the embedding of the row's label (N, d)")
    label: str = wire("the one-hot label (N, classes)")
    temperature: float = option(1.0, "t", min=1e-6)

    def term(self, embedding: Tensor, proxy: Tensor, label: Tensor) -> Tensor:
        """Cross entropy of a row's own proxy and class mates among all rows."""
        embedding, proxy = F.normalize(embedding, dim=1), F.normalize(proxy, dim=1)
        same, itself = _relations(label)
        attraction = (embedding * proxy).sum(1, keepdim=True) / self.temperature
        others = (embedding @ embedding.T / self.temperature).masked_fill(itself, -math.inf)
        whole = torch.cat((attraction, others), 1).logsumexp(1)
        kin = torch.cat((attraction, others.masked_fill(~same, -math.inf)), 1).logsumexp(1)
        return (whole - kin).mean()


@component
class D2DCE:
    """Data-to-data cross entropy (ReACGAN, arXiv:2111.01118, eq. 7).

    Mean over rows i of -log [p_i / (p_i + sum over j of other classes of exp(max(cos(f_i, f_j) - m_n, 0) / t))],
    p_i = exp(min(cos(f_i, proxy_i) - m_p, 0) / t). The margins let go of easy positives and easy negatives.
    One such loss reads the real batch and trains the discriminator, another the fake one.
    """

    embedding: str = wire("the discriminator's embedding (N, d), e.g. \"real.discriminator.embedding\"")
    proxy: str = wire("the embedding of the row's label (N, d)")
    label: str = wire("the one-hot label (N, classes)")
    temperature: float = option(0.5, "t", min=1e-6)
    positive_margin: float = option(0.98, "m_p: a proxy nearer than this pulls no more", min=-1.0, max=1.0)
    negative_margin: float = option(0.02, "m_n: another class farther than this pushes no more", min=-1.0, max=1.0)

    def term(self, embedding: Tensor, proxy: Tensor, label: Tensor) -> Tensor:
        """Cross entropy of a row's own proxy among the rows of other classes."""
        embedding, proxy = F.normalize(embedding, dim=1), F.normalize(proxy, dim=1)
        same, _ = _relations(label)
        near = (embedding * proxy).sum(1, keepdim=True) - self.positive_margin
        attraction = near.clamp(max=0) / self.temperature
        repulsion = (embedding @ embedding.T - self.negative_margin).clamp(min=0) / self.temperature
        whole = torch.cat((attraction, repulsion.masked_fill(same, -math.inf)), 1).logsumexp(1)
        return (whole - attraction[:, 0]).mean()


def _relations(label: Tensor) -> tuple[Tensor, Tensor]:
    """Masks (N, N): which rows share a class, and which are the same row."""
    kind = label.argmax(1)
    return kind[:, None] == kind, torch.eye(len(kind), dtype=torch.bool, device=kind.device)
