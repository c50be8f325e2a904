"""Truncation, inner values given and kept, directions, projection and crossing, on networks whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ganframe import mixing
from ganframe.directions import directions, walked
from ganframe.errors import SpecError
from ganframe.given import wires
from ganframe.project import Search, project
from ganframe.sample import Sampler
from ganframe.truncation import targets
from tests.toy import sampler, trained

GAME = """
[run]
steps = 3
batch_size = 8
[sample]
batch_size = 32
[data]
type = "Ring"
rows = 100
[networks.discriminator]
inputs = ["x"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 8 }, "Tanh", { type = "Linear", out_features = 1 }]
[losses.game]
type = "NonSaturating"
[latents.z]
type = "Normal"
size = 3
"""
LINEAR = GAME + """
[networks.generator]
inputs = ["z"]
optimizer = "Adam"
layers = [{ type = "Linear", out_features = 2, as = "h" }]
output = "@h"
"""
MAPPED = GAME + """
[latents.code]
type = "OneHot"
size = 4
[networks.embed]
inputs = ["code"]
trained_with = "generator"
layers = [{ type = "Linear", out_features = 5 }]
[networks.mapping]
inputs = ["z", "code"]
trained_with = "generator"
layers = [{ type = "Concat", from = ["@z", "@code"] }, { type = "Linear", out_features = 5 }, "Tanh"]
[networks.generator]
inputs = ["z", "code", "embed"]
optimizer = "Adam"
layers = [
  { type = "mapping", from = ["@z", "@code"], as = "w" },
  { type = "StyleMix", from = ["@w", "@w"], count = 3, as = "ws" },
  { type = "Flatten" }, { type = "Concat", from = ["@last", "@embed"] }, { type = "Linear", out_features = 2 },
]
"""
FED = MAPPED.replace('inputs = ["z", "code", "embed"]', 'inputs = ["mapping"]').replace(
    '{ type = "mapping", from = ["@z", "@code"], as = "w" },\n  { type = "StyleMix", from = ["@w", "@w"], count = 3, as = "ws" },\n'
    '  { type = "Flatten" }, { type = "Concat", from = ["@last", "@embed"] }, ',
    "",
)


def made(folder: Path, text: str, overrides: Any = ()) -> Sampler:
    return sampler(trained(folder, text, 2, overrides))


class TestInnerValues:
    def test_what_can_be_given(self, tmp_path: Path) -> None:
        assert wires(made(tmp_path, MAPPED).plan) == ["embed", "generator.w", "generator.ws"]
        assert wires(made(tmp_path, FED).plan) == ["mapping"]
        assert wires(made(tmp_path, LINEAR).plan) == []

    def test_kept_and_given_again(self, tmp_path: Path) -> None:
        draw = made(tmp_path, MAPPED).draw
        drawn = draw(40, 0, keep=["generator.w", "generator.ws", "embed"])
        assert torch.equal(drawn["generator.ws"], drawn["generator.w"].unsqueeze(1).expand(-1, 3, -1))
        for name in ("generator.w", "generator.ws"):
            given = {name: drawn[name], "code": drawn["code"]}
            again = draw(40, 7, given)
            assert torch.allclose(again["x"], drawn["x"], atol=1e-6) and not torch.equal(again["z"], drawn["z"])
        other = draw(40, 0, {"generator.w": drawn["generator.w"].flip(0)})
        assert not torch.allclose(other["x"], drawn["x"], atol=1e-3)

    def test_an_input_that_is_a_network(self, tmp_path: Path) -> None:
        draw = made(tmp_path, FED).draw
        drawn = draw(5, 0, keep=["mapping"])
        assert torch.allclose(draw(5, 3, {"mapping": drawn["mapping"]})["x"], drawn["x"], atol=1e-6)

    def test_what_is_no_inner_value(self, tmp_path: Path) -> None:
        draw = made(tmp_path, MAPPED).draw
        with pytest.raises(SpecError, match="nothing is called 'generator.v'.*did you mean 'generator.w'"):
            draw(3, 0, {"generator.v": torch.zeros(1, 5)})
        with pytest.raises(SpecError, match=r"'generator.w' takes rows of shape \(5,\), not \(4,\)"):
            draw(3, 0, {"generator.w": torch.zeros(1, 4)})
        with pytest.raises(SpecError, match="nothing is called 'generator.z'"):
            draw(3, 0, {"generator.z": torch.zeros(1, 3)})


class TestClasses:
    def test_mixtures(self, tmp_path: Path) -> None:
        draw = made(tmp_path, MAPPED).draw
        assert draw(2, 0, {"code": "1+3"})["code"].tolist() == [[0, 0.5, 0, 0.5]] * 2
        assert torch.allclose(draw(1, 0, {"code": "1:3 + 0:1"})["code"], torch.tensor([[0.25, 0.75, 0, 0]]))
        for text, told in (("1+9", "no class '9'"), ("1:x+2", "'1:x' must be a class and its share"), ("1:0+2:0", "sum to 0")):
            with pytest.raises(SpecError, match=told):
                draw(1, 0, {"code": text})

    def test_a_latent_of_numbers_has_no_classes(self, tmp_path: Path) -> None:
        with pytest.raises(SpecError, match=r"'z' has no classes; give a tensor of rows of shape \(3,\)"):
            made(tmp_path, LINEAR).draw(1, 0, {"z": 2})


class TestTruncation:
    def test_a_latent_is_scaled_clamped_or_drawn_again(self, tmp_path: Path) -> None:
        whole = made(tmp_path, LINEAR).draw(64)["z"]
        scaled = made(tmp_path, LINEAR, ["sample.truncation=0.5"]).draw(64)["z"]
        assert torch.allclose(scaled, whole / 2)
        for by in ("clamp", "resample"):
            near = made(tmp_path, LINEAR, ["sample.truncation=0.7", f"sample.truncate_by={by}"]).draw(64)["z"]
            inside = whole.abs() < 0.69
            assert torch.equal(near[inside], whole[inside]) and near.abs().max() < 0.72
            at_the_end = (near.abs() > 0.99 * near.abs().max()).sum()
            assert (at_the_end > 40) == (by == "clamp")

    def test_mapped_latents_are_drawn_to_their_mean(self, tmp_path: Path) -> None:
        assert targets(made(tmp_path, MAPPED).plan) == ["generator.w"]
        assert targets(made(tmp_path, FED).plan) == ["mapping"]
        assert targets(made(tmp_path, LINEAR).plan) == ["z"]
        whole = made(tmp_path, MAPPED).draw(5000, 0, keep=["generator.w"])["generator.w"]
        near = made(tmp_path, MAPPED, ["sample.truncation=0.25"]).draw(5000, 0, keep=["generator.w"])["generator.w"]
        assert torch.allclose(near.std(0), whole.std(0) / 4, rtol=1e-3)
        assert torch.allclose(near.mean(0), whole.mean(0), atol=0.03)
        point = made(tmp_path, FED, ["sample.truncation=0"]).draw(9)["x"]
        assert torch.allclose(point, point[:1].expand(9, -1), atol=1e-6)

    def test_what_cannot_be_truncated(self, tmp_path: Path) -> None:
        for text, options, told in (
            (MAPPED, ["sample.truncate_by=clamp"], "'generator.w' is no latent, it can be scaled only"),
            (MAPPED, ["sample.truncate=code"], "'code' is no latent of numbers that vary"),
            (MAPPED, ["sample.truncate=generator.q"], "nothing is called 'generator.q'"),
        ):
            with pytest.raises(SpecError, match=told):
                made(tmp_path, text, ["sample.truncation=0.5", *options]).draw(2)


class TestDirections:
    def test_of_a_linear_generator_they_are_singular_vectors(self, tmp_path: Path) -> None:
        drawer = made(tmp_path, LINEAR)
        weight = next(drawer.model.networks["generator"].parameters())
        with torch.no_grad():
            weight.copy_(torch.tensor([[3.0, 0.0, 0.0], [0.0, 0.0, -1.0]]))
        for by, slack in (("sefa", 1e-5), ("pca", 0.1)):
            found = directions(drawer, by)
            assert torch.allclose(found.vectors[:2], torch.tensor([[1.0, 0, 0], [0, 0, 1.0]]), atol=slack)
            assert torch.allclose(found.strengths[:2], torch.tensor([3.0, 1.0]), atol=3 * slack)
            assert torch.allclose(found.spreads[:2], torch.ones(2), atol=0.05)
        drawn = walked(drawer, found, 2.0, 5, seed=4, given={})
        start = drawer.draw(1, 4)
        x = drawn["x"].reshape(2, 5, 2)
        assert torch.allclose(x[:, 2], start["x"].expand(2, 2), atol=1e-5)
        assert x[0, -1, 0] - x[0, 0, 0] > 11 and (x[0, -1, 1] - x[0, 0, 1]).abs() < 1.5

    def test_inner_values_and_layers(self, tmp_path: Path) -> None:
        drawer = made(tmp_path, MAPPED)
        found = {by: directions(drawer, by, 9) for by in ("sefa", "pca")}
        for by, count in (("sefa", 2), ("pca", 5)):
            one = found[by]
            assert one.name == "generator.w" and one.vectors.shape == (count, 5)
            assert torch.allclose(one.vectors.norm(dim=1), torch.ones(count), atol=1e-4)
        w = drawer.draw(4096, 0, keep=["generator.w"])["generator.w"]
        values = torch.linalg.svdvals(w - w.mean(0)) / 4095**0.5
        assert torch.allclose(found["pca"].strengths, values, rtol=1e-3)
        of_z = directions(drawer, "pca", 2, name="z", layer="generator.w")
        assert of_z.name == "z" and of_z.vectors.shape == (2, 3)
        assert torch.equal(of_z.vectors, directions(drawer, "pca", 2, name="z", layer="generator.w").vectors)

    def test_what_has_none(self, tmp_path: Path) -> None:
        with pytest.raises(SpecError, match="nothing is called 'zz'"):
            directions(made(tmp_path, LINEAR), name="zz")
        text = LINEAR.replace("size = 3", "size = 1")
        with pytest.raises(SpecError, match=r"'z' of shape \(1,\) has no directions"):
            directions(made(tmp_path, text))


class TestProjection:
    def test_every_point_of_a_linear_generator_is_found(self, tmp_path: Path) -> None:
        drawer = made(tmp_path, LINEAR)
        rows = torch.tensor([[0.3, -0.2], [1.0, 0.5], [-0.7, 0.1]])
        found = project(drawer, rows, search=Search(steps=200))
        assert (found.errors < 1e-3).all() and (found.errors < found.before).all()
        assert torch.allclose(found.errors, (found.rebuilt - rows).square().mean(1), atol=1e-6)
        again = drawer.draw(3, 5, found.latents)
        assert torch.allclose(again["x"], found.rebuilt, atol=1e-5)
        twice = project(drawer, rows, search=Search(steps=200))
        assert torch.equal(twice.latents["z"], found.latents["z"])
        assert all(p.requires_grad for p in drawer.model.networks["generator"].parameters())

    def test_classes_are_searched_for_or_given(self, tmp_path: Path) -> None:
        drawer = made(tmp_path, MAPPED)
        wanted = drawer.draw(40, 3)
        found = project(drawer, wanted["x"], search=Search(steps=60))
        assert found.latents.keys() == {"generator.w", "code"} and found.latents["generator.w"].shape == (40, 5)
        assert torch.allclose(found.latents["code"].sum(1), torch.ones(40), atol=1e-5)
        assert found.errors.mean() < 0.2 * found.before.mean()
        fixed = project(drawer, wanted["x"], ("z",), {"code": wanted["code"]}, Search(steps=60))
        assert fixed.latents.keys() == {"z"} and fixed.errors.mean() < found.before.mean()

    def test_rows_that_do_not_fit(self, tmp_path: Path) -> None:
        with pytest.raises(SpecError, match=r"'x' takes rows of numbers of shape \(2,\), not \(3,\)"):
            project(made(tmp_path, LINEAR), torch.zeros(1, 3))


class TestMixing:
    def test_layers_are_crossed(self, tmp_path: Path) -> None:
        drawer = made(tmp_path, MAPPED)
        one, other = (mixing.ends(drawer, seed, 3, {}, {"generator.ws"}) for seed in (0, 1))
        drawn = mixing.crossed(drawer, one, other, "generator.ws", (1, 3))
        assert drawn["x"].shape == (9, 2)
        ws = torch.cat([one["generator.ws"][1, :1], other["generator.ws"][2, 1:]]).unsqueeze(0)
        single = drawer.draw(1, 0, {**{n: v[1:2] for n, v in one.items()}, "generator.ws": ws})
        assert torch.allclose(single["x"][0], drawn["x"][5], atol=1e-6)
        with pytest.raises(SpecError, match="'generator.ws' has 3 layers; it cannot be crossed from 2 to 4"):
            mixing.crossed(drawer, one, other, "generator.ws", (2, 4))

    def test_inner_values_are_mixed(self, tmp_path: Path) -> None:
        drawer = made(tmp_path, MAPPED)
        drawn = mixing.interpolated(drawer, 0, 1, 2, 3, given={"code": 1}, sphere=False, wires={"generator.w"})
        ends = [drawer.draw(2, seed, {"code": 1}, ["generator.w"]) for seed in (0, 1)]
        x = drawn["x"].reshape(2, 3, 2)
        assert torch.allclose(x[:, 0], ends[0]["x"], atol=1e-6) and torch.allclose(x[:, 2], ends[1]["x"], atol=1e-6)
        middle = {"generator.w": (ends[0]["generator.w"] + ends[1]["generator.w"]) / 2, "code": ends[0]["code"]}
        assert torch.allclose(x[:, 1], drawer.draw(2, 0, middle)["x"], atol=1e-6)

    def test_shares_of_classes_go_straight(self) -> None:
        a, b = torch.tensor([[0.9, 0.1]]), torch.tensor([[0.2, 0.8]])
        assert torch.allclose(mixing.mixed(a, b, 0.5, True, True), (a + b) / 2)
        assert torch.equal(mixing.mixed(a, b, 0.5, True, False), a)
