"""The layers of torch.nn: every class whose arguments are plain values and whose `forward` takes tensors."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.modules.loss import _Loss

from ganframe_torch import leftout, signature
from ganframe_torch.attention import Attention, DecoderLayer, EncoderLayer
from ganframe_torch.averaging import AVERAGING, BatchNorm
from ganframe_torch.classes import make, usable
from ganframe_torch.examples import examples
from ganframe_torch.layer import Layer, build_with
from ganframe_torch.recurrent import Cell, PairCell, Recurrent
from ganframe_torch.tokens import Bag, Tokens

#: The classes whose wires are not simply the tensors of `forward`.
BASES: dict[type[nn.Module], type[Layer]] = {
    **dict.fromkeys((nn.RNN, nn.GRU, nn.LSTM), Recurrent),
    **dict.fromkeys((nn.RNNCell, nn.GRUCell), Cell),
    nn.LSTMCell: PairCell,
    **dict.fromkeys(AVERAGING, BatchNorm),
    nn.MultiheadAttention: Attention,
    nn.TransformerEncoderLayer: EncoderLayer,
    nn.TransformerDecoderLayer: DecoderLayer,
    nn.Embedding: Tokens,
    nn.EmbeddingBag: Bag,
}
EXTRA = {nn.RNN: [signature.Argument("nonlinearity", str, "tanh")]}
OWN_INIT = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
ONCE = (nn.Hardsigmoid, nn.CrossMapLRN2d)  # PyTorch has no second derivative of them
RANDOM = (_DropoutNd, nn.RReLU, nn.FractionalMaxPool2d, nn.FractionalMaxPool3d)


def layer(cls: type[nn.Module]) -> type:
    """The layer component of a class of torch.nn."""
    name = cls.__name__
    base = BASES.get(cls, Layer)
    init = signature.arguments(cls.__init__)
    forward = signature.arguments(cls.forward)
    body: dict[str, Any] = {}
    if base is Layer:
        body |= {"own_init": issubclass(cls, OWN_INIT), "random": issubclass(cls, RANDOM)}
        body |= {"no_double_backward": issubclass(cls, ONCE)}
        tensors = [a for a in forward if signature.takes_tensor(a)][1:]
        if tensors:
            body["build"] = build_with(tensors)
    if base is Recurrent:  # their own signatures are (*args, **kwargs)
        init = signature.arguments(nn.RNNBase.__init__) + EXTRA.get(cls, [])
    init = usable(init, name)
    body["examples"] = examples(name, [a.name for a in init if a.required])
    flags = usable([a for a in forward if a.annotation is bool], name)
    return make(base, cls, name, f"torch.nn.{name}", init, flags=flags, **body)


def is_layer(cls: object) -> bool:
    """True for a class of torch.nn that is a layer here."""
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)) or issubclass(cls, _Loss):
        return False
    return cls.__name__ not in leftout.LEFT_OUT_OF_NN and not cls.__name__.startswith(leftout.LAZY)


LAYERS = [layer(cls) for cls in vars(nn).values() if is_layer(cls)]
