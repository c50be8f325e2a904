"""The newer losses in whole specs: what each trains, and that games without a discriminator or with classes work."""

from __future__ import annotations

import pytest
import torch
from ganframe_gan.penalties import ModeSeeking

from ganframe.model import twice_differentiated
from tests.engine import lab

BODY = """
[run]
steps = 4
batch_size = 16
[data]
type = "Ring"
modes = 3
rows = 500
[latents.z]
type = "Normal"
size = 2
[networks.generator]
inputs = ["z", "label"]
makes = "x"
optimizer = { type = "Adam", lr = 1e-2 }
layers = [{ type = "ConcatLabel", label = "@label" }, { type = "Linear", out_features = 16 }, "Tanh",
  { type = "Linear", out_features = 2 }]
"""

JUDGE = """
[networks.discriminator]
inputs = ["x"]
optimizer = { type = "Adam", lr = 1e-2 }
layers = [{ type = "Linear", out_features = 16 }, "Tanh", { type = "Linear", out_features = OUT }]
"""


def judge(out: int) -> str:
    return JUDGE.replace("OUT", str(out))


def moved(folder, text: str, steps: int = 2) -> set[str]:
    """The networks whose weights change."""
    made = lab.trainer(folder, text)
    before = {name: [p.detach().clone() for p in net.parameters()] for name, net in made.networks.items()}
    for step in range(steps):
        made.step(step)
    assert all(torch.isfinite(torch.tensor(v)) for v in made.values().values())
    return {
        name for name, net in made.networks.items()
        if any(not torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True))
    }  # fmt: skip


def test_a_generator_trains_alone_by_maximum_mean_discrepancy(tmp_path) -> None:
    text = BODY + '[losses.mmd]\ntype = "MaximumMeanDiscrepancy"\ninput = "fake.x"\ntarget = "real.x"\n'
    made = lab.trainer(tmp_path, text)
    values = []
    for step in range(60):
        made.step(step)
        values.append(made.values()["mmd"])
    assert sum(values[-5:]) < 0.5 * sum(values[:5])


MMD_GAN = """
[losses.down]
type = "MaximumMeanDiscrepancy"
input = "fake.discriminator"
target = "real.discriminator"
[losses.up]
type = "MaximumMeanDiscrepancy"
input = "fake.discriminator"
target = "real.discriminator"
weight = -1.0
trains = ["discriminator"]
"""

GAMES = {
    "mmd": (4, MMD_GAN),
    "classes": (4, '[losses.it]\ntype = "MultiHinge"\nlabel = "real.label"\nfake_label = "fake.label"\n'),
    "auxiliary": (6, '[losses.it]\ntype = "ADC"\ninput = "real.discriminator"\nlabel = "real.label"\n'
                     'fake_input = "fake.discriminator"\nfake_label = "fake.label"\n'),
    "normalised": (1, '[losses.it]\ntype = "GradientNormalization"\ngame = "Hinge"\n'),
    "pseudo": (1, '[losses.it]\ntype = "AdaptivePseudoAugmentation"\np = 0.5\n'
                  'game = { type = "NonSaturating", smoothing = 0.1 }\n'),
    "top": (1, '[losses.it]\ntype = "TopK"\n'
               'share = { type = "Exponential", start = 1.0, end = 0.5, steps = 2 }\n'),
    "f": (1, '[losses.it]\ntype = "FGAN"\ndivergence = "reverse_kl"\n'),
}  # fmt: skip


@pytest.mark.parametrize("name", GAMES)
def test_both_sides_learn(tmp_path, name) -> None:
    out, losses = GAMES[name]
    assert moved(tmp_path, BODY + judge(out) + losses) == {"generator", "discriminator"}


def test_terms_on_the_generator_leave_the_discriminator_alone(tmp_path) -> None:
    for kind in ("ModeSeeking", "DiversitySensitive"):
        text = BODY + judge(1) + f'[losses.it]\ntype = "{kind}"\n'
        assert moved(tmp_path, text) == {"generator"}
    text = BODY + judge(1) + '[losses.it]\ntype = "L2Regularization"\ntrains = ["discriminator"]\n'
    assert moved(tmp_path, text) == {"discriminator"}


def test_mode_seeking_compares_rows_of_one_label(tmp_path) -> None:
    seen = []

    def look(step):
        if step.turn == "generator":
            z, label, net = step.fake["z"], step.fake["label"], step.networks["generator"]
            other = net(z.roll(1, 0), label)
            ratio = (net(z, label) - other).abs().mean() / (z - z.roll(1, 0)).abs().mean()
            torch.testing.assert_close(ModeSeeking(eps=0.5).generator(step), 1 / (ratio + 0.5))
            seen.append(step.index)

    lab.PROBES["look"] = look
    lab.trainer(tmp_path, BODY + judge(1) + '[losses.it]\ntype = "Probe"\nname = "look"\n', steps=2)
    assert seen == [0, 1]


def test_the_state_of_pseudo_augmentation_is_the_runs(tmp_path) -> None:
    text = BODY + judge(1) + '[losses.it]\ntype = "AdaptivePseudoAugmentation"\np = 0.5\ninterval = 1\nimages = 160\n'
    made = lab.trainer(tmp_path, text, steps=1)
    assert float(made.states["it"]["p"]) in (pytest.approx(0.4), pytest.approx(0.6))
    again = lab.trainer(tmp_path, text)
    again.load(made.state())
    assert torch.equal(again.states["it"]["p"], made.states["it"]["p"])


@pytest.mark.parametrize(
    ("loss", "networks"),
    [
        ('type = "R1"', {"discriminator"}), ('type = "GradientPenalty"', {"discriminator"}),
        ('type = "GradientNormalization"', {"discriminator"}), ('type = "Hinge"', set()), ('type = "TopK"', set()),
        ('type = "Unrolled"', {"discriminator", "generator"}),
        ('type = "LatentOptimisation"', {"discriminator", "generator"}),
        ('type = "PathLength"\nwire = "fake.z"', {"generator"}),
    ],
)  # fmt: skip
def test_losses_say_whose_gradients_they_differentiate(tmp_path, loss, networks) -> None:
    made = lab.planned(tmp_path, BODY + judge(1) + f"[losses.it]\n{loss}\n")
    assert twice_differentiated(made) == networks
