"""Classes that are found and not used are told in one line, and only then; so is what the data warns of."""

from __future__ import annotations

import pytest
from ganframe_image.data import ImageFolder

import ganframe
from ganframe import api, loop
from ganframe.parts import Watcher
from ganframe.plan import plan
from ganframe.registry import discover

SPEC = """
format = 1
run = { steps = 1, batch_size = 2 }
latents.z = { type = "Normal", size = 2 }
losses.adversarial = { type = "NonSaturating" }
[data]
type = "ImageFolder"
path = "pictures"
size = 4
[networks.generator]
inputs = ["z"]
optimizer = "SGD"
layers = [{ type = "Linear", out_features = 48 }, { type = "Unflatten", dim = 1, unflattened_size = [3, 4, 4] }]
[networks.discriminator]
inputs = ["x"]
optimizer = "SGD"
layers = ["Flatten", { type = "Linear", out_features = 1 }]
"""
TOLD = 'data: label: 2 classes found, not used (add "label" to the `inputs` of both networks)'


def warnings(folder, text):
    ImageFolder.example(folder / "pictures")
    (folder / "it.toml").write_text(text)
    made = plan(ganframe.read_spec(folder / "it.toml"), discover())
    return [str(warning).partition("it.toml:")[2].partition(" ")[2] for warning in made.spec.warnings]


def test_one_line_for_classes_that_nothing_reads(tmp_path) -> None:
    assert warnings(tmp_path, SPEC) == [TOLD]


@pytest.mark.parametrize("change", [
    ('size = 4', 'size = 4\nclasses = "none"'),
    ('size = 4', 'size = 4\nsampler = "Balanced"'),
    ('[networks.generator]', '[metrics.intra]\ntype = "IntraClassFrechet"\n[networks.generator]'),
    ('layers = ["Flatten", ', 'layers = [{ type = "ConcatLabel", label = "@label" }, "Flatten", '),
    ('path = "pictures"\nsize = 4', ''),
])
def test_no_line_where_they_are_read_or_switched_off_or_came_along(tmp_path, change) -> None:
    text = SPEC.replace(*change)
    text = text.replace('inputs = ["x"]', 'inputs = ["x", "label"]') if "ConcatLabel" in text else text
    if "pictures" not in text:
        text = text.replace('"ImageFolder"', '"Digits"').replace("48", "64").replace("[3, 4, 4]", "[1, 8, 8]")
    assert warnings(tmp_path, text) == []


def test_what_data_warn_of_is_a_warning_of_their_table(tmp_path) -> None:
    ImageFolder.example(tmp_path / "pictures")
    (tmp_path / "pictures/cats/cut.png").write_bytes((tmp_path / "pictures/cats/a.png").read_bytes()[:40])
    (tmp_path / "pictures/cats/gone.png").symlink_to("nowhere")
    skipped, _ = warnings(tmp_path, SPEC.replace("size = 4", 'size = 4\non_error = "skip"'))
    assert skipped.startswith("data: 2 of 7 pictures are damaged and skipped:\n")
    assert "cut.png: cannot be read as a picture" in skipped and "gone.png: there is no such file" in skipped


def test_a_file_that_is_damaged_while_the_run_goes_on_ends_it_in_words(tmp_path) -> None:
    ImageFolder.example(tmp_path / "pictures")
    (tmp_path / "it.toml").write_text(SPEC.replace("size = 4", 'size = 4\ncache = 0').replace("steps = 1,", "steps = 50, checkpoint_every = 1,"))

    @ganframe.component
    class Spoil:
        """Damages a file after the third step."""

        def on_step(self, run, step):
            if run.step == 3:
                (tmp_path / "pictures/dogs/b.png").write_bytes(b"\x89PNG")

    made = plan(ganframe.read_spec(tmp_path / "it.toml"), discover())
    made.parts.hooks[:] = [Watcher("spoil", Spoil(), 1)]
    run = api.start(made, tmp_path / "run")
    with pytest.raises(ganframe.SpecError, match=r"^data: /.*b.png: cannot be read as a picture"):
        loop.train(run)
    assert 3 <= run.step < 50 and len(list((tmp_path / "run/checkpoints").iterdir())) >= 1
