"""Sealed files: safetensors for others, exact and tamper-evident for us."""

import json
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganframe import seal
from ganframe.errors import DiskFault

DTYPES = sorted(seal._NAMES, key=str)


def joined(tensors: dict[str, torch.Tensor], metadata: dict[str, object] | None = None) -> bytes:
    return b"".join(seal.pack(tensors, metadata or {}))


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Equal in dtype, shape and bits."""
    bits = [x.contiguous().reshape(-1).view(torch.uint8) for x in (a, b)]
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(*bits)


SMALL = {"a": torch.tensor([1.5, -2.0]), "b": torch.tensor([True, False, True]), "c": torch.tensor(7)}


def test_others_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(joined(SMALL, {"step": 3}))
    loaded = safetensors.torch.load_file(path)
    assert loaded.keys() == SMALL.keys()
    assert all(same(loaded[name], SMALL[name]) for name in SMALL)
    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata()
    assert metadata.keys() == {"ganframe", "format"}
    assert metadata["format"] == "pt"
    assert json.loads(metadata["ganframe"])["step"] == 3


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (5,), (2, 3, 4)], ids=str)
def test_every_dtype_comes_back_bit_for_bit(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    rng = torch.Generator().manual_seed(0)
    size = torch.empty((), dtype=dtype).element_size()
    count = int(torch.tensor(shape).prod()) if shape else 1
    top = 2 if dtype == torch.bool else 256
    tensor = torch.randint(top, (count * size,), generator=rng, dtype=torch.uint8).view(dtype).reshape(shape)
    tensors, _ = seal.unpack(joined({"x": tensor}))
    assert same(tensors["x"], tensor)


def test_every_layout_is_stored_by_value() -> None:
    rng = torch.Generator().manual_seed(0)
    base = torch.randn(4, 3, 5, 5, generator=rng)
    shared = torch.randn(6, generator=rng)
    tensors = {
        "channels_last": base.to(memory_format=torch.channels_last),
        "transposed": base.transpose(1, 2),
        "sliced": base[1:3, :, ::2],
        "expanded": torch.ones(1, 1).expand(3, 4),
        "tied": shared,
        "tied_too": shared,
        "part": shared[2:4],
        "parameter": torch.nn.Parameter(base[0]),
        "conjugated": torch.complex(shared, shared).conj(),
        "negated": torch.complex(shared, shared).conj().imag,
    }
    loaded, _ = seal.unpack(joined(tensors))
    assert all(same(loaded[name], tensor.detach().resolve_conj().resolve_neg()) for name, tensor in tensors.items())
    assert not any(tensor.requires_grad for tensor in loaded.values())


def test_every_single_bit_flip_is_rejected() -> None:
    data = joined(SMALL, {"step": 3})
    accepted = []
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        try:
            seal.unpack(bytes(broken))
            accepted.append(bit)
        except seal.BrokenFile:
            pass
    assert accepted == []


def test_every_truncation_and_extension_is_rejected() -> None:
    data = joined(SMALL, {"step": 3})
    for length in range(len(data)):
        with pytest.raises(seal.BrokenFile):
            seal.unpack(data[:length])
    for more in (b"\0", b" ", data):
        with pytest.raises(seal.BrokenFile):
            seal.unpack(data + more)


def test_plain_safetensors_would_have_taken_many_of_those_flips() -> None:
    data = joined(SMALL)
    taken = 0
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        try:
            safetensors.torch.load(bytes(broken))
            taken += 1
        except (safetensors.SafetensorError, KeyError):
            pass
    assert taken > 100


def test_a_sealed_file_that_is_no_safetensors_is_rejected() -> None:
    for header in (b"{}", b"x", b"[" * 10_000, b'"}', b'{"a":1}'):
        text = seal._PREFIX + seal._BLANK.encode() + header
        data = len(text).to_bytes(8, "little") + text
        sealed = data[: seal._START] + seal._digest([data]).encode() + data[seal._END :]
        with pytest.raises(seal.BrokenFile):
            seal.unpack(sealed)


def test_the_bytes_depend_on_the_content_alone() -> None:
    reordered = dict(reversed(SMALL.items()))
    a = joined(SMALL, {"one": 1, "two": {"b": 2, "a": [None, "ü"]}})
    b = joined(reordered, {"two": {"a": [None, "ü"], "b": 2}, "one": 1})
    assert a == b
    # A pinned value: another one means that files of older versions and of this one differ.
    assert seal.seal_of([a]) == "5ad7bd1abeda76c8c94da4f32941153a1986b88291294197b0730da1652d2e57"


@given(
    st.dictionaries(
        st.text(min_size=1).filter(lambda name: name != "__metadata__"),
        st.tuples(st.sampled_from(DTYPES), st.lists(st.integers(0, 3), max_size=4)),
        max_size=6,
    ),
    st.dictionaries(st.text().filter(lambda key: key != "sha256"), st.integers() | st.text() | st.none(), max_size=4),
)
def test_round_trip(shapes: dict[str, tuple[torch.dtype, list[int]]], metadata: dict[str, object]) -> None:
    tensors = {name: torch.ones(shape).to(dtype) for name, (dtype, shape) in shapes.items()}
    data = joined(tensors, metadata)
    loaded, about = seal.unpack(data)
    assert about == {**metadata, "sha256": seal.seal_of([data])}
    assert loaded.keys() == tensors.keys()
    assert all(same(loaded[name], tensors[name]) for name in tensors)
    assert joined(loaded, about) == data
    assert safetensors.torch.load(data).keys() == tensors.keys()


def test_tensors_are_aligned_whatever_their_order() -> None:
    data = joined({"a": torch.ones(3, dtype=torch.bool), "b": torch.ones(1, dtype=torch.float64), "c": torch.ones(3)})
    end = 8 + int.from_bytes(data[:8], "little")
    assert end % 8 == 0
    header = json.loads(data[8:end])
    assert header["b"]["data_offsets"][0] % 8 == 0
    assert header["c"]["data_offsets"][0] % 4 == 0


def test_contiguous_tensors_are_not_copied() -> None:
    tensor = torch.arange(1000.0)
    _, part = seal.pack({"x": tensor}, {})
    tensor[0] = 5.0
    assert torch.frombuffer(bytearray(part[:4]), dtype=torch.float32).item() == 5.0


@pytest.mark.parametrize(
    "tensor",
    [torch.ones(2, dtype=torch.complex128), torch.ones(2, device="meta"), torch.eye(2).to_sparse()],
    ids=["complex128", "meta", "sparse"],
)
def test_what_safetensors_cannot_hold_is_named(tensor: torch.Tensor) -> None:
    with pytest.raises(TypeError, match="'net.x'"):
        seal.pack({"net.x": tensor}, {})


def test_the_metadata_key_is_no_name_of_a_tensor() -> None:
    with pytest.raises(ValueError, match="__metadata__"):
        seal.pack({"__metadata__": torch.ones(1)}, {})


def test_read_names_the_file_and_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    for check in (seal.read, seal.verify):
        path.unlink(missing_ok=True)
        with pytest.raises(seal.BrokenFile, match=f"^{path}: missing"):
            check(path)
        safetensors.torch.save_file({"x": torch.ones(2)}, path)
        with pytest.raises(seal.BrokenFile, match=f"^{path}: not a sealed file"):
            check(path)
        path.write_bytes(joined(SMALL)[:-1] + b"\xff")
        with pytest.raises(seal.BrokenFile, match=f"^{path}: damaged"):
            check(path)


def test_what_cannot_be_read_is_not_called_broken(tmp_path: Path) -> None:
    with pytest.raises(DiskFault, match=f"cannot read {tmp_path}: ") as caught:
        seal.read(tmp_path)
    assert not isinstance(caught.value, seal.BrokenFile)


def test_what_was_read_does_not_change_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(joined(SMALL, {"step": 3}))
    tensors, metadata = seal.read(path)
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
    assert same(tensors["a"], SMALL["a"])
    assert metadata["step"] == 3
    tensors["a"].add_(1)
