"""Non-finite losses: found before the optimizers step, told in one line, and a way back."""

from __future__ import annotations

import pytest
import torch

import ganframe
from ganframe.errors import TrainingFault
from tests.toy import NO_HOOKS

SPEC = f"""
format = 1
[run]
steps = 12
batch_size = 8
checkpoint_every = 4
[data]
type = "Arrays"
path = "data.safetensors"
sampler = "Sequential"
[latents.z]
type = "Normal"
size = 2
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [{{ type = "Linear", out_features = 2 }}]
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{{ type = "Linear", out_features = 1 }}]
[losses.game]
type = "LeastSquares"
{NO_HOOKS}
"""


def write(folder, poisoned_row):
    """Data whose row, if given, overflows a squared logit."""
    from safetensors.torch import save_file

    x = torch.randn(80, 2)
    if poisoned_row is not None:
        x[poisoned_row] = 1e30
    save_file({"x": x}, folder / "data.safetensors")
    (folder / "toy.toml").write_text(SPEC)


def test_a_fault_names_loss_step_networks_and_the_last_checkpoint(tmp_path):
    write(tmp_path, 8 * 6)
    with pytest.raises(TrainingFault) as caught:
        ganframe.train(ganframe.read_spec(tmp_path / "toy.toml"), tmp_path / "run")
    told = str(caught.value)
    assert "game.discriminator" in told and "step 6" in told and "discriminator" in told
    assert "step-00000004" in told
    assert ganframe.open_run(tmp_path / "run").step == 4


def test_nothing_non_finite_reaches_the_weights(tmp_path):
    write(tmp_path, 0)
    with pytest.raises(TrainingFault, match="no checkpoint yet"):
        ganframe.train(ganframe.read_spec(tmp_path / "toy.toml"), tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_rollback_gives_up_after_three_times(tmp_path):
    write(tmp_path, 8 * 6)
    spec = ganframe.read_spec(tmp_path / "toy.toml", {"run.on_nonfinite": "rollback"})
    with pytest.raises(TrainingFault):
        ganframe.train(spec, tmp_path / "run")


def test_rollback_goes_round_a_fault_of_chance(tmp_path, monkeypatch):
    from ganframe.turn import _Live

    write(tmp_path, None)
    seen = []
    check = _Live._check

    def once(self, totals):
        if self.now.step == 6 and not seen:
            seen.append(6)
            raise TrainingFault("loss 'game.discriminator' is nan at step 6")
        check(self, totals)

    monkeypatch.setattr(_Live, "_check", once)
    spec = ganframe.read_spec(tmp_path / "toy.toml", {"run.on_nonfinite": "rollback"})
    run = ganframe.train(spec, tmp_path / "run")
    assert run.step == 12 and seen == [6]
    assert any("back to" in warning for warning in run.warnings)


def test_a_batch_that_cannot_be_loaded_is_refused_although_its_parts_are_small(tmp_path, monkeypatch):
    write(tmp_path, None)
    monkeypatch.setattr("ganframe.device.memory_limit", lambda device=None: 10**9)
    huge = {"run.batch_size": 2**28, "run.accumulate": 2**28}
    with pytest.raises(ganframe.SpecError, match="memory"):
        ganframe.train(ganframe.read_spec(tmp_path / "toy.toml", huge), tmp_path / "run")
    assert not (tmp_path / "run").exists()
