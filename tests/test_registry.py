"""Which components there are: names, collisions, and what is said of names that are unknown."""


import pytest

from ganframe import registry
from ganframe.errors import PluginFault
from ganframe.hookspecs import ENGINE_KEYS, KINDS, METHODS
from ganframe.registry import Unknown, contract_fault, discover
from tests.fake_plugins import CURVE, reason


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
    found = discover(recorded={"gan": "ganframe 0.0.1", "lecam": "ganframe-lecam 0.3.0", "bells": "bells 2.1"})
    with pytest.raises(Unknown, match="pip install ganframe-lecam==0.3.0 bells==2.1$"):
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

@pytest.mark.parametrize(("value", "there"), [("1", False), ("0", True), ("", True)])
def test_no_plugins_but_ours(install, monkeypatch, value, there):
    install("zeros", CURVE.format(name="Zeros"))
    monkeypatch.setenv("GANFRAME_NO_PLUGINS", value)
    found = discover()
    assert ("zeros" not in found.blocked) is there
    assert ("Zeros" in found.kind("curve")) is there
    assert "NonSaturating" in found.kind("loss")
