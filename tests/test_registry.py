"""Plugins are found by entry points; a hostile one is one line and never the end of the others."""

import itertools
import sys
import textwrap

import pytest
import torch

from ganframe import registry
from ganframe.errors import PluginFault
from ganframe.hookspecs import ENGINE_KEYS, KINDS, METHODS
from ganframe.registry import Unknown, contract_fault, discover

NUMBER = itertools.count()

CURVE = """
    import ganframe
    from ganframe import component

    @component
    class {name}:
        \"\"\"A curve of zeros.\"\"\"

        def at(self, now):
            return 0.0

    @ganframe.plugin
    def ganframe_curves():
        return [{name}]
    """


WRONG_ARGUMENT = """
    import ganframe

    @ganframe.plugin
    def ganframe_curves():
        raise AssertionError("a refused plugin is asked for nothing")

    @ganframe.plugin
    def ganframe_losses(spec):
        return []
    """


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a fake distribution on the path: install("name", "source of its module") -> the module's name."""
    monkeypatch.syspath_prepend(tmp_path)

    def add(name, source, plugin=None, points=None, version="1.5"):
        module = f"fake_plugin_{next(NUMBER)}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        info = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        entry = f"[ganframe.v1]\n{plugin or name} = {module}\n" if points is None else points
        (info / "entry_points.txt").write_text(entry)
        return module

    yield add
    for module in [name for name in sys.modules if name.startswith("fake_plugin_")]:
        del sys.modules[module]


def reason(found, plugin):
    """The one line about a broken plugin; it names the package and its version, and the stock stays usable."""
    lines = [str(b) for b in found.broken if b.plugin == plugin]
    assert len(lines) == 1, [str(b) for b in found.broken]
    assert "1.5" in lines[0]
    assert "\n" not in lines[0]
    assert {"torch", "gan", "image"} <= set(found.packages)
    assert "gan" not in {b.plugin for b in found.broken}
    return lines[0]


def test_stock_plugins_are_found():
    found = discover()
    assert found.packages["gan"][0] == "ganframe"
    assert found.get("loss", "NonSaturating").__name__ == "NonSaturating"
    entry = found.kind("loss")["NonSaturating"]
    assert (entry.plugin, entry.distribution) == ("gan", "ganframe")
    assert entry.file.endswith(".py")


def test_a_third_party_is_found(install):
    module = install("zeros", CURVE.format(name="Zeros"))
    found = discover()
    assert found.get("curve", "Zeros").__module__ == module
    entry = found.kind("curve")["Zeros"]
    assert (entry.plugin, entry.distribution, entry.version) == ("zeros", "zeros", "1.5")
    assert found.packages["zeros"] == ("zeros", "1.5")
    assert [b for b in found.broken if b.plugin == "zeros"] == []


def test_discovery_imports_no_torch_by_itself():
    import subprocess

    code = "import sys; from ganframe.registry import discover; discover(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def broken(:", "SyntaxError"),
        ("import no_such_module_anywhere", "No module named 'no_such_module_anywhere'"),
        ("raise SystemExit(7)", "SystemExit: 7"),
        ("raise ValueError('first line\\nsecond line')", "ValueError: first line"),
        ("class E(Exception): pass\nraise E()", "cannot be imported: E"),
        ("import ganframe\n@ganframe.plugin\ndef ganframe_loses(): return []", "did you mean 'ganframe_losses'?"),
        ("def ganframe_losses(): return []", "no function is marked @ganframe.plugin"),
        (WRONG_ARGUMENT, "'spec'"),
        ("import torch\ntorch.manual_seed(99)", "random numbers"),
        ("import torch\ntorch.set_default_dtype(torch.float64)", "default dtype"),
        ("import torch\ntorch.set_num_threads(torch.get_num_threads() + 1)", "threads"),
    ],
)
def test_a_plugin_that_breaks_at_import(install, source, words):
    before = torch.get_rng_state(), torch.get_default_dtype(), torch.get_num_threads()
    install("bad", source)
    good = install("zeros", CURVE.format(name="Zeros"))
    found = discover()
    assert words in reason(found, "bad")
    assert found.get("curve", "Zeros").__module__ == good
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (torch.get_default_dtype(), torch.get_num_threads())


def test_ctrl_c_at_import_goes_through(install):
    install("bad", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        discover()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return 42", "must return a list of classes, not int"),
        ("return None", "must return a list of classes, not NoneType"),
        ("return [42]", "42 is no component class; mark it with @component"),
        ("class Bare:\n        def at(self, now): return 0.0\n    return [Bare]", "'Bare' is no component class"),
        ("@component\n    class No:\n        pass\n    return [No]", "curve 'No' has none of the methods at"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import torch; torch.rand(1); return []", "random numbers"),
    ],
)
def test_a_plugin_that_breaks_when_asked(install, body, words):
    source = f"import ganframe\nfrom ganframe import component\n@ganframe.plugin\ndef ganframe_curves():\n    {body}\n"
    install("bad", source)
    install("zeros", CURVE.format(name="Zeros"))
    found = discover()
    assert "Zeros" in found.kind("curve")
    assert words in reason(found, "bad")
    assert "Linear" in found.kind("layer")


def test_one_entry_point_name_in_two_packages(install):
    install("one", CURVE.format(name="One"), plugin="same")
    install("two", CURVE.format(name="Two"), plugin="same")
    found = discover()
    assert "its name is taken by one" in reason(found, "same")
    assert "One" in found.kind("curve")
    assert "Two" not in found.kind("curve")


def test_an_entry_point_named_like_ours(install):
    install("thief", CURVE.format(name="Thief"), plugin="gan")
    found = discover()
    assert found.packages["gan"][0] == "ganframe"
    assert [str(b) for b in found.broken if b.distribution == "thief"] == [
        "plugin gan (thief 1.5): its name is taken by ganframe"
    ]
    assert "NonSaturating" in found.kind("loss")


@pytest.mark.parametrize("name", ["aaa", "zzz"])
def test_nobody_shadows_ours(install, name):
    install(name, CURVE.format(name="Ramp"))
    found = discover()
    assert found.kind("curve")["Ramp"].distribution == "ganframe"
    assert "curve 'Ramp' would shadow ganframe's own" in reason(found, name)


def test_two_third_parties_with_one_component_name(install):
    install("one", CURVE.format(name="Twice"))
    install("two", CURVE.format(name="Twice"), version="1.5.2")
    found = discover()
    assert "Twice" not in found.kind("curve")
    both = "curve 'Twice' is offered by one 1.5 and two 1.5.2; block one with -p no:NAME"
    assert both in reason(found, "two")
    assert "Ramp" in found.kind("curve")
    with pytest.raises(PluginFault, match="offered by one 1.5 and two 1.5.2"):
        found.get("curve", "Twice")
    assert discover(blocked=["one"]).kind("curve")["Twice"].distribution == "two"


def test_a_blocked_plugin_is_not_even_imported(install):
    module = install("bad", "raise SystemExit(7)")
    found = discover(blocked=["bad"])
    assert [b for b in found.broken if b.plugin == "bad"] == []
    assert "bad" not in found.packages
    assert module not in sys.modules


@pytest.mark.parametrize(
    ("points", "lines"),
    [
        ("[ganframe.v1]\nno equals sign\n", ["its entry_points.txt cannot be read"]),
        ("[ganframe.v1]\nbad =\n", ["cannot be imported"]),
        ("[ganframe.v1]\nbad = not a module !\n", ["cannot be imported"]),
        ("ganframe.v1 = nothing\n", []),
        ("[ganframe.v0]\nbad = fake\n", []),
    ],
)
def test_damaged_entry_points(install, points, lines):
    install("bad", "", points=points)
    install("zeros", CURVE.format(name="Zeros"))
    found = discover()
    said = [b.reason for b in found.broken if b.distribution == "bad"]
    assert len(said) == len(lines)
    assert all(line in one for line, one in zip(lines, said, strict=True))
    assert "Zeros" in found.kind("curve")


def test_a_distribution_without_metadata(install, tmp_path):
    install("zeros", CURVE.format(name="Zeros"))
    (tmp_path / "zeros-1.5.dist-info" / "METADATA").unlink()
    found = discover()
    assert found.kind("curve")["Zeros"].version == "?"


def test_the_first_of_two_copies_on_the_path_counts(install, tmp_path, monkeypatch):
    module = install("zeros", CURVE.format(name="Zeros"))
    older = tmp_path / "elsewhere" / "Zeros-0.1.dist-info"
    older.mkdir(parents=True)
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: Zeros\nVersion: 0.1\n")
    (older / "entry_points.txt").write_text(f"[ganframe.v1]\nzeros = {module}\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(older.parent)])
    assert discover().packages["zeros"] == ("zeros", "1.5")


def test_unknown_names_say_what_is_near():
    found = discover()
    with pytest.raises(Unknown, match="unknown loss 'Hinj'; did you mean 'Hinge'?"):
        found.get("loss", "Hinj")
    found.kind("layer")
    with pytest.raises(Unknown, match="unknown loss 'Linear'; 'Linear' is a layer"):
        found.get("loss", "Linear")


def test_unknown_names_say_which_plugins_are_missing(install):
    install("bad", "1 / 0")
    with pytest.raises(Unknown, match="plugin bad .bad 1.5.: cannot be imported: ZeroDivisionError"):
        discover().get("loss", "Xylophone")
    with pytest.raises(Unknown, match="unknown loss 'Xylophone'; plugin bad is blocked"):
        discover(blocked=["bad"]).get("loss", "Xylophone")


def test_recorded_and_known_packages_are_named(monkeypatch):
    found = discover(recorded={"LeCamPlus": "ganframe-lecam==0.3.0"})
    with pytest.raises(Unknown, match="pip install ganframe-lecam==0.3.0$"):
        found.get("loss", "LeCamPlus")
    assert isinstance(registry.known_packages(), dict)
    monkeypatch.setattr(registry, "known_packages", lambda: {"loss": {"Xylophone": "ganframe-bells"}})
    with pytest.raises(Unknown, match="pip install ganframe-bells$"):
        discover().get("loss", "Xylophone")
    with pytest.raises(Unknown, match="unknown layer 'Xylophone'$"):
        discover().get("layer", "Xylophone")


def test_no_option_may_bear_an_engine_key():
    from ganframe import component, option

    @component
    class Greedy:
        """A loss with an option that the engine would read."""

        every: int = option(1, "how often")

        def term(self):
            return None

    assert "engine's key 'every'" in contract_fault("loss", Greedy)
    assert contract_fault("curve", Greedy) is not None


def test_a_hook_may_only_listen_to_events():
    from ganframe import component

    @component
    class Deaf:
        """A hook with a slip."""

        def on_steps(self, run, step):
            pass

        def on_stop(self, run, reason):
            pass

    fault = "hook 'Deaf' listens to 'on_steps', which is no event; did you mean 'on_step'?"
    assert contract_fault("hook", Deaf) == fault


def test_every_kind_has_a_hook_methods_and_keys():
    assert set(KINDS) == set(METHODS) == set(ENGINE_KEYS)
    assert all("type" in keys for keys in ENGINE_KEYS.values())
    assert len(list(discover())) > 150
