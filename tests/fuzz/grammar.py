"""A grammar of valid specs, as hypothesis strategies: blocks, networks as layers, batches, phases, curves, penalties."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from ganframe.spec.emit import emit
from ganframe.spec.merge import NAMED

Tree = dict[str, Any]

#: Data that come along, with the lines that end a generator of theirs and whether their rows are pictures.
DATA: list[tuple[Tree, list[Any], bool]] = [
    ({"type": "Ring", "rows": 64}, [{"type": "Linear", "out_features": 2}], False),
    ({"type": "Grid", "rows": 64}, [{"type": "Linear", "out_features": 2}], False),
    ({"type": "GaussianMixture", "rows": 64}, [{"type": "Linear", "out_features": 1}], False),
    (
        {"type": "Digits"},
        [{"type": "Linear", "out_features": 64}, "Tanh", {"type": "Unflatten", "dim": 1, "unflattened_size": [1, 8, 8]}],
        True,
    ),
]
widths = st.integers(1, 12)
small = st.sampled_from([0.0, 1e-4, 0.01, 0.5, 1.0, 2])
activations = st.sampled_from(
    ["ReLU", "Tanh", "GELU", "SiLU", {"type": "LeakyReLU", "negative_slope": 0.1}, {"type": "Softplus", "beta": 2.0}]
)
linear = st.builds(lambda n, bias: {"type": "Linear", "out_features": n, "bias": bias}, widths, st.booleans())
norms = st.sampled_from(["LayerNorm", {"type": "Dropout", "p": 0.3}, "Identity", {"type": "RMSNorm"}])
dense = linear | activations | norms
curves = st.one_of(
    st.builds(lambda a, b, n: {"type": "Ramp", "start": a, "end": b, "steps": n}, small, small, st.integers(1, 9)),
    st.builds(lambda a, b: {"type": "Cosine", "start": a, "end": b, "steps": 5}, small, small),
    st.builds(lambda a, b: {"type": "Steps", "values": [a, b], "at": [2]}, small, small),
)
weights = small | curves
rates = st.sampled_from([1e-3, "$rate"]) | curves
optimizers = st.one_of(
    st.sampled_from(["Adam", "RMSprop", "SGD", "AdamW"]),
    st.builds(lambda kind, lr: {"type": kind, "lr": lr}, st.sampled_from(["Adam", "RMSprop", "SGD"]), rates),
    st.builds(lambda lr: {"type": "Adam", "lr": lr, "betas": [0.5, 0.9]}, rates),
)
initializers = st.sampled_from(["XavierUniform", "KaimingNormal", {"type": "Normal", "std": 0.02}, "Orthogonal"])
games = st.sampled_from([
    "NonSaturating", "Minimax", "Hinge", "LeastSquares", "Wasserstein", "RelativisticPairing",
    {"type": "NonSaturating", "smoothing": 0.1}, {"type": "RelativisticAverage"},
])  # fmt: skip
penalties = st.sampled_from(["R1", "R2", "GradientPenalty", {"type": "GradientPenalty", "reduction": "max"}, "Drift", "LeCam", {"type": "ImagePool", "size": 8}])


@st.composite
def blocks(draw: st.DrawFn) -> Tree:
    """Blocks that keep or change the width, with parameters, one inside another, with shortcuts."""
    made: Tree = {}
    if draw(st.booleans()):
        made["Wide"] = {
            "params": {"width": draw(widths), "act": draw(activations)},
            "layers": [{"type": "Linear", "out_features": "$width"}, "$act"],
        }
    if made and draw(st.booleans()):
        layers = [{"type": "Wide", "width": "$n"}, {"type": "Linear", "out_features": "$n"}]
        made["Deep"] = {"params": {"n": draw(widths)}, "layers": layers}
        if draw(st.booleans()):
            made["Deep"]["shortcut"] = [{"type": "Linear", "out_features": "$n"}]
    return made


@st.composite
def lines(draw: st.DrawFn, known: Tree) -> list[Any]:
    """A few lines over rows of numbers, some of them calls of the blocks."""
    calls = [st.builds(lambda name, n: {"type": name, "repeat": n}, st.sampled_from(sorted(known)), st.integers(1, 3))]
    line = st.one_of(dense, *(calls if known else []))
    made: list[Any] = [draw(linear), *draw(st.lists(line, max_size=4))]
    if draw(st.booleans()):
        made[0] = {**made[0], "as": "first"}
        made.append({"type": "Concat", "from": ["@last", "@first"]})
    return made


@st.composite
def networks(draw: st.DrawFn, tree: Tree, ends: list[Any], picture: bool) -> Tree:
    """A generator and a discriminator, perhaps with a mapping network, an encoder, conditions, averages."""
    label = draw(st.booleans())
    made: Tree = {}
    start: list[Any] = [{"type": "Concat", "from": ["@z", "@label"]}] if label else []
    source = ["z", "label"] if label else ["z"]
    if draw(st.booleans()):
        made["mapping"] = {"inputs": ["z"], "trained_with": "generator", "layers": draw(lines({}))}
        start = [{"type": "mapping", "from": "@z"}]
        source = ["z"]
    made["generator"] = {"inputs": source, "optimizer": draw(optimizers), "layers": [*start, *draw(lines(tree)), *ends]}
    if draw(st.booleans()):
        made["generator"]["ema"] = draw(st.sampled_from([0.9, {"type": "HalfLife", "images": 32}]))
    judge = [*(["Flatten"] if picture else []), *draw(lines(tree))]
    end: Any = {"type": "Projection", "label": "@label"} if label else {"type": "Linear", "out_features": 1}
    inputs = ["x", "label"] if label else ["x"]
    made["discriminator"] = {"inputs": inputs, "optimizer": draw(optimizers), "layers": [*judge, end]}
    if draw(st.booleans()):
        made["discriminator"]["defaults"] = {"Linear": {"parametrize": draw(st.sampled_from(["SpectralNorm", "WeightNorm"]))}}
    for network in made.values():
        if draw(st.booleans()):
            network["init"] = draw(initializers)
    return made


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A whole spec as a tree."""
    data, ends, picture = draw(st.sampled_from(DATA))
    made = draw(blocks())
    tree: Tree = {
        "format": 1, "vars": {"rate": draw(st.sampled_from([1e-3, 5e-4]))},
        "run": {
            "steps": draw(st.integers(1, 9)), "batch_size": 8, "seed": draw(st.integers(0, 99)),
            "discriminator_steps": draw(st.integers(1, 2)), "accumulate": draw(st.sampled_from([1, 2, 4])),
        },
        "device": {"type": "cpu", "threads": 1}, "data": data,
        "latents": {"z": draw(st.sampled_from(["Normal", "Uniform"]).flatmap(
            lambda kind: st.builds(lambda size: {"type": kind, "size": size}, widths)))},
        "blocks": made, "networks": draw(networks(made, ends, picture)),
        "losses": {"game": draw(games)},
    }  # fmt: skip
    for penalty in draw(st.lists(penalties, max_size=2)):
        table = {"type": penalty} if isinstance(penalty, str) else penalty
        tree["losses"][table["type"].lower()] = {**table, "weight": draw(weights), "every": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        layers = [*(["Flatten"] if picture else []), {"type": "Linear", "out_features": tree["latents"]["z"]["size"]}]
        tree["networks"]["encoder"] = {"inputs": ["x"], "makes": "real.z", "trained_with": "generator", "layers": layers}
        tree["batches"] = {"again": {"x": "real.generator"}}
        tree["losses"]["rebuild"] = {"type": "L1Loss", "input": "again.x", "target": "real.x", "weight": draw(weights)}
    if draw(st.booleans()):
        tree["phases"] = {"one": {"steps": 2, "losses": ["game"]}, "two": {"steps": 3, "batch_size": 16}}
        tree["run"].pop("steps")
    if not made:
        del tree["blocks"]
    tree["losses"] = {k: v if isinstance(v, dict) else {"type": v} for k, v in tree["losses"].items()}
    return copy.deepcopy(tree)  # no two share a table: whoever damages one would damage the next


def text(tree: Tree) -> str:
    """A tree as a file."""
    return emit(tree, NAMED)
