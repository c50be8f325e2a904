"""`[vars]`, parameters and facts: where each `$` name is looked up."""

from __future__ import annotations

from fake_stock import Stock
from resolving import resolve_all
from spec_texts import SMALL

from ganframe.spec.convert import UnknownFact
from ganframe.spec.env import file_scope
from ganframe.spec.read import read

VARS = """
[vars]
n = 7
rate = { type = "Ramp", steps = 3 }
wire = "@h"
many = [1, 2]
classes = "$data.classes"
"""


def test_a_variable_stands_for_whole_values_entries_and_lines(write):
    text = SMALL.replace("steps = 10", 'steps = "$n"').replace("size = 8", 'size = ["$n", 2]')
    text = text.replace("lr = 2e-4", 'lr = "$rate"')
    text = text.replace('"ReLU"]', '{ type = "A", from = "$wire", for.k = "$many", c = "$classes" }]')
    spec = read(write(text + VARS))
    assert (spec.problems, spec.warnings) == ([], [])
    assert spec.run["steps"].value == 7
    assert str(spec.run["steps"].place) == "a.toml:22:5"
    assert str(spec.run["steps"].key) == "a.toml:3:1"
    assert spec.latents["z"].options["size"].plain() == [7, 2]
    assert spec.networks["generator"].optimizer.options["lr"].plain() == {"type": "Ramp", "steps": 3}
    line = spec.networks["generator"].layers[1]
    assert (line.source.value, line.each["k"].plain(), line.use.options["c"].value) == ("@h", [1, 2], "$data.classes")


def test_a_variable_may_hold_a_table_that_serves_as_a_type(write):
    text = SMALL.replace('"ReLU"]', '"$norm", { type = "$norm", eps = 2 }]')
    text = text.replace('"Adam"\n', '{ type = "$rule", lr = 1 }\n')
    spec = read(write(text + """
[vars]
norm = { type = "BatchNorm2d", momentum = 1, init = false }
rule = { type = "Adam", amsgrad = true }
"""))  # fmt: skip
    assert spec.problems == []
    _, whole, typed = spec.networks["generator"].layers
    assert (whole.use.type.value, whole.init.value, typed.init.value) == ("BatchNorm2d", False, False)
    assert {key: node.value for key, node in typed.use.options.items()} == {"momentum": 1, "eps": 2}
    components, problems = resolve_all(spec, Stock())
    assert problems == []
    assert components["networks.discriminator.optimizer"]["amsgrad"] is True


def test_a_parameter_hides_a_variable_inside_its_block_but_not_in_its_own_default(write):
    spec = read(write(SMALL + """
[vars]
n = 7
[blocks.B]
params = { n = "$n" }
layers = [{ type = "A", k = "$n" }]
[blocks.C]
layers = [{ type = "A", k = "$n" }]
"""))  # fmt: skip
    assert spec.problems == []
    assert spec.blocks["B"].params["n"].value == 7
    assert spec.blocks["B"].layers[0].use.options["k"].value == "$n"
    assert spec.blocks["C"].layers[0].use.options["k"].value == 7


def test_a_parameter_of_another_block_may_be_in_reach_when_the_network_is_built(write):
    spec = read(write(SMALL + """
[blocks.Outer]
params = { width = 7 }
layers = ["Inner"]
[blocks.Inner]
layers = [{ type = "A", k = "$width" }]
"""))  # fmt: skip
    assert spec.problems == []
    assert spec.blocks["Inner"].layers[0].use.options["k"].value == "$width"


def test_words_in_about_are_free(write):
    spec = read(write(SMALL + '[about]\nprice = "$5"\n'))
    assert spec.problems == []


def test_the_scope_of_a_file_holds_the_facts(write):
    spec = read(write(SMALL.replace("size = 8", 'size = "$lost"')))
    assert len(spec.problems) == 1
    opened = file_scope(spec, {"classes": 10})
    assert opened.lookup("data.classes").value == 10
    closed = file_scope(spec, None)
    for scope, name in ((closed, "data.classes"), (closed, "lost"), (opened, "lost")):
        try:
            scope.lookup(name)
        except UnknownFact:
            continue
        raise AssertionError(name)


def test_an_override_of_a_variable_reaches_every_place(write):
    spec = read(write(SMALL.replace("steps = 10", 'steps = "$n"') + VARS), ["vars.n=9"])
    assert spec.run["steps"].value == 9
    assert str(spec.run["steps"].place) == "--set vars.n=9"
