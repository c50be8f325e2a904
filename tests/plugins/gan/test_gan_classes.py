"""Losses of discriminators that know the classes, against loops over rows."""

from __future__ import annotations

import math

import pytest
import torch
from ganframe_gan.losses import ADC, MultiHinge
from torch.nn import functional as F

CODES, OTHERS = (0, 2, 1, 2), (1, 1, 0, 2)
HINGE = MultiHinge(label="real.label", fake_label="fake.label")
AUXILIARY = ADC(input="real.c", label="real.label", fake_input="fake.c", fake_label="fake.label")


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def hot(codes):
    return F.one_hot(torch.tensor(codes), 3).double()


def margin(rows, codes):
    """Crammer and Singer's hinge."""
    total = 0
    for row, code in zip(rows.tolist(), codes, strict=True):
        rest = [v for k, v in enumerate(row) if k != code]
        total += max(0, 1 - row[code] + max(rest))
    return total / len(rows)


def test_multi_hinge_row_by_row():
    real, fake = draw(1, 4, 4), draw(2, 4, 4)
    found = HINGE.discriminator(real, fake, hot(CODES))
    assert float(found) == pytest.approx(margin(real, CODES) + margin(fake, (3,) * 4))
    assert float(HINGE.generator(fake, hot(OTHERS))) == pytest.approx(margin(fake, OTHERS))
    assert torch.autograd.gradcheck(lambda r, f: HINGE.discriminator(r, f, hot(CODES)),
                                    (real.requires_grad_(), fake.requires_grad_()))


def test_multi_hinge_of_one_class_is_a_hinge_on_the_difference():
    one = torch.ones(4, 1, dtype=torch.float64)
    real, fake = draw(1, 4, 2), draw(2, 4, 2)
    lead = [side[:, 0] - side[:, 1] for side in (real, fake)]
    wanted = F.relu(1 - lead[0]).mean() + F.relu(1 + lead[1]).mean()
    torch.testing.assert_close(HINGE.discriminator(real, fake, one), wanted)


def test_the_auxiliary_classifier_names_class_and_side():
    real, fake = draw(1, 4, 6), draw(2, 4, 6)
    p, q = real.softmax(1), fake.softmax(1)
    wanted = -sum(math.log(p[i, c]) for i, c in enumerate(CODES)) / 4
    wanted -= sum(math.log(q[i, 3 + c]) for i, c in enumerate(OTHERS)) / 4
    assert float(AUXILIARY.discriminator(real, hot(CODES), fake, hot(OTHERS))) == pytest.approx(wanted)
    wanted = sum(math.log(q[i, 3 + c]) - math.log(q[i, c]) for i, c in enumerate(OTHERS)) / 4
    assert float(AUXILIARY.generator(fake, hot(OTHERS))) == pytest.approx(wanted)


def test_a_wrong_number_of_logits_says_which_is_right():
    with pytest.raises(ValueError, match=r"4 logits a row for 3 classes, not \(3,\)"):
        HINGE.generator(draw(1, 4, 3), hot(CODES))
    with pytest.raises(ValueError, match=r"6 logits a row for 3 classes, not \(4,\)"):
        AUXILIARY.generator(draw(1, 4, 4), hot(CODES))
