"""Films on disk: every kind of file gives the same clips, classes, faults, and what a survey tells of them."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
import torch
from ganframe_video.data import VideoFolder
from ganframe_video.data.survey import films
from PIL import Image


def ramp(count=10, height=6, width=8, first=0):
    """Grey frames, each brighter than the one before."""
    return [np.full((height, width), first + 20 * n if count < 13 else 12 * n, np.uint8) for n in range(count)]


def frames(folder, arrays, name="{}.png"):
    folder.mkdir(parents=True, exist_ok=True)
    for number, array in enumerate(arrays):
        Image.fromarray(array).save(folder / name.format(number))


def animation(path, arrays, form="GIF", duration=100, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = map(Image.fromarray, arrays)
    first.save(path, form, save_all=True, append_images=rest, duration=duration, loop=0, **more)


def levels(x):
    """The grey level of each frame of clips (N, C, T, H, W)."""
    return ((x.mean((1, 3, 4)) + 1) * 127.5).round().int().tolist()


def every(data):
    return data.batch(torch.arange(len(data)))


def test_folders_of_frames_are_in_the_order_of_their_numbers(tmp_path) -> None:
    frames(tmp_path / "film", ramp(12))
    data = VideoFolder(path=tmp_path, frames=12).open()
    assert levels(every(data)["x"]) == [[20 * n for n in range(12)]]
    assert data.fields()["x"].shape == (1, 12, 6, 8) and data.fields()["x"].view == "video"
    assert data.facts() == {"channels": 1, "frames": 12, "size": [6, 8], "height": 6, "width": 8}


@pytest.mark.parametrize(("form", "more"), [("GIF", {}), ("WEBP", {"lossless": True})])
def test_animated_pictures(tmp_path, form, more) -> None:
    animation(tmp_path / f"a.{form.lower()}", ramp(6), form, **more)
    data = VideoFolder(path=tmp_path, frames=6, channels=1).open()
    assert levels(every(data)["x"]) == [[0, 20, 40, 60, 80, 100]]
    assert data.facts()["rate"] == pytest.approx(10)


def test_a_frame_that_lasts_longer_is_several(tmp_path) -> None:
    """Writers join equal frames; what they joined is taken apart again."""
    grey = ramp(3)
    animation(tmp_path / "a.gif", [grey[0], grey[1], grey[1], grey[1], grey[2]])
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames == 3
    data = VideoFolder(path=tmp_path, frames=5).open()
    assert levels(every(data)["x"]) == [[0, 20, 20, 20, 40]]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"frames": 4}, [[0, 20, 40, 60], [80, 100, 120, 140]]),
        ({"frames": 3, "stride": 2}, [[0, 40, 80], [100, 140, 180]]),
        ({"frames": 2, "stride": 3, "hop": 2}, [[0, 60], [40, 100], [80, 140], [120, 180]]),
    ],
)
def test_clips_of_a_length_a_stride_and_a_hop(tmp_path, options, wanted) -> None:
    frames(tmp_path / "film", ramp())
    for cache in (4096, 0):
        data = VideoFolder(path=tmp_path, cache=cache, **options).open()
        assert levels(every(data)["x"]) == wanted
        assert levels(data.batch(torch.tensor([1, 0, 1]))["x"]) == [wanted[1], wanted[0], wanted[1]]
    with pytest.raises(IndexError):
        data.batch(torch.tensor([len(wanted)]))


def test_sub_folders_are_classes(tmp_path) -> None:
    frames(tmp_path / "up" / "one", ramp())
    animation(tmp_path / "down" / "two.gif", ramp()[::-1])
    data = VideoFolder(path=tmp_path, frames=5).open()
    assert data.fields()["label"].names == ("down", "up") and data.facts()["frequencies"] == [0.5, 0.5]
    rows = every(data)
    assert rows["label"].argmax(1).tolist() == [0, 0, 1, 1]
    assert levels(rows["x"])[0] == [180, 160, 140, 120, 100]
    assert "label" not in VideoFolder(path=tmp_path, frames=5, classes="none").open().fields()
    frames(tmp_path / "alone", ramp())
    assert "label" not in VideoFolder(path=tmp_path, frames=5).open().fields()


@pytest.mark.parametrize(("fit", "ends"), [("crop", [0, 0]), ("stretch", [0, 0]), ("pad", [255, 255])])
def test_sizes_and_channels(tmp_path, fit, ends) -> None:
    frames(tmp_path / "film", [np.zeros((6, 12, 3), np.uint8)] * 3)
    data = VideoFolder(path=tmp_path, frames=3, size=6, fit=fit, channels=1).open()
    x = every(data)["x"]
    assert tuple(x.shape) == (1, 1, 3, 6, 6)
    assert ((x[0, 0, 0, [0, -1], 3] + 1) * 127.5).round().tolist() == ends


def test_films_that_differ_are_told(tmp_path) -> None:
    frames(tmp_path / "a", ramp())
    frames(tmp_path / "b", ramp(height=4))
    with pytest.raises(ValueError, match=r"differ in sizes .*1 of \(6, 8\).*1 of \(4, 8\).*write size"):
        VideoFolder(path=tmp_path, frames=5).open()
    assert len(VideoFolder(path=tmp_path, frames=5, size=4).open()) == 4


def test_damaged_and_short_films(tmp_path) -> None:
    frames(tmp_path / "good", ramp())
    frames(tmp_path / "short", ramp(3))
    animation(tmp_path / "bad.gif", ramp())
    whole = (tmp_path / "bad.gif").read_bytes()
    (tmp_path / "bad.gif").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(ValueError, match=r"bad\.gif: cannot be read"):
        VideoFolder(path=tmp_path, frames=5).open()
    with pytest.warns(UserWarning, match="2 of 3 films are damaged or short"):
        data = VideoFolder(path=tmp_path, frames=5, on_error="skip").open()
    assert len(data) == 2
    (tmp_path / "bad.gif").unlink()
    with pytest.raises(ValueError, match=r"short: has 3 frames; a clip of 5 with stride 1 needs 5"):
        VideoFolder(path=tmp_path, frames=5).open()


def test_where_there_are_no_films(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        VideoFolder(path=tmp_path / "none").open()
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ValueError, match=r"holds no films; it holds notes\.txt"):
        VideoFolder(path=tmp_path).open()


def test_video_files(tmp_path) -> None:
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.mp4"), "w") as box:
        stream = box.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
        for array in ramp(9, 16, 32, first=40):
            box.mux(stream.encode(av.VideoFrame.from_ndarray(np.stack([array] * 3, 2), "rgb24")))
        box.mux(stream.encode())
    data = VideoFolder(path=tmp_path, frames=3, stride=2, hop=4).open()
    assert data.facts()["rate"] == pytest.approx(12.5) and data.fields()["x"].shape == (3, 3, 16, 32)
    assert len(data) == 2
    told = torch.tensor(levels(every(data)["x"]))
    assert (told - torch.tensor([[40, 80, 120], [120, 160, 200]])).abs().max() <= 3
    (tmp_path / "b.webm").write_bytes(b"no film at all")
    with pytest.raises(ValueError, match=r"b\.webm: cannot be read"):
        VideoFolder(path=tmp_path, frames=3).open()


def test_without_the_extra_the_error_says_how_to_get_it(tmp_path, monkeypatch) -> None:
    real = builtins.__import__

    def without(name, *rest):
        if name == "av":
            raise ImportError(name)
        return real(name, *rest)

    (tmp_path / "a.mp4").write_bytes(b"")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r'pip install "ganframe\[video\]"'):
        VideoFolder(path=tmp_path).open()


def test_a_survey_tells_films_from_pictures(tmp_path) -> None:
    for name in "ab":
        frames(tmp_path / "films" / name, ramp(20 if name == "a" else 12))
    found = films(tmp_path / "films")
    assert found is not None and found.rank > 0
    assert found.options == {"path": tmp_path / "films", "frames": 12, "size": [6, 8], "channels": 1}
    assert found.found["films"] == "2 (2 folders of frames)"
    rng = np.random.default_rng(0)
    for name in "ab":
        frames(tmp_path / "pictures" / name, [rng.integers(0, 256, (8, 8), dtype=np.uint8) for _ in range(12)])
    assert films(tmp_path / "pictures") is None
    assert films(tmp_path / "films" / "a" / "0.png") is None
    animation(tmp_path / "mixed" / "a.gif", ramp())
    (tmp_path / "mixed" / "b.gif").write_bytes(b"GIF89a")
    found = films(tmp_path / "mixed")
    assert found is not None and found.options["on_error"] == "skip" and "b.gif" in found.odd[0]
