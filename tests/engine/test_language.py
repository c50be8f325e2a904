"""Lines, blocks, wires, names and sizes (rules 2 to 7 and 18), on real layers."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from ganframe import weights
from tests.engine.lab import built, faults, place, planned

DATA = """
[run]
batch_size = 4
[data]
type = "Made"
shapes.x = [6]
shapes.picture = [3, 8, 8]
shapes.label = [3]
shapes.text = [5]
classes = ["label"]
tokens = ["text"]
"""


def net(folder, layers, *, inputs='["x"]', keys="", blocks="", mode=False):
    """One network with real weights."""
    text = f"{DATA}\n{blocks}\n[networks.net]\ninputs = {inputs}\n{keys}\nlayers = [\n{layers}\n]\n"
    return built(planned(folder, text), mode)["net"]


def names(network):
    """The names of its tensors."""
    return list(network.state_dict())


def errors(folder, layers, *, inputs='["x"]', keys="", blocks=""):
    """The spec's text and its faults."""
    text = f"{DATA}\n{blocks}\n[networks.net]\ninputs = {inputs}\n{keys}\nlayers = [\n{layers}\n]\n"
    return text, faults(folder, text)


X = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
PICTURE = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))
LABEL = torch.eye(3)[[0, 1, 2, 0]]


class TestLines:
    def test_a_string_is_a_component_with_all_defaults(self, tmp_path):
        assert torch.equal(net(tmp_path, '"Tanh", { type = "Tanh" }')(X), X.tanh().tanh())

    def test_a_line_reads_the_line_above_unless_it_says_from(self, tmp_path):
        made = net(
            tmp_path, '{ type = "Tanh", as = "t" }, "ReLU", { type = "Add", from = ["@t", "@last", "@in", "@x"] }'
        )
        t = X.tanh()
        assert torch.allclose(made(X), t + t.relu() + X + X)

    def test_several_outputs_are_named_in_order_and_the_next_line_reads_the_first(self, tmp_path):
        made = net(
            tmp_path,
            '{ type = "Chunk", chunks = 3, as = ["a", "b", "c"] }, { type = "Concat", from = ["@last", "@c", "@b"] }',
        )
        a, b, c = X.chunk(3, 1)
        assert torch.equal(made(X), torch.cat((a, c, b), 1))
        unnamed = net(tmp_path, '{ type = "Chunk", chunks = 3 }, "Tanh"')
        assert torch.equal(unnamed(X), a.tanh())
        first = net(tmp_path, '{ type = "Chunk", chunks = 3, as = "a" }, { type = "Add", from = ["@a", "@last"] }')
        assert torch.equal(first(X), a + a)

    def test_fewer_names_than_outputs_name_the_first_ones(self, tmp_path):
        made = net(tmp_path, '{ type = "Chunk", chunks = 3, as = ["a", "b"] }, { type = "Identity", from = "@b" }')
        assert torch.equal(made(X), X.chunk(3, 1)[1])

    def test_rebinding_later_lines_read_the_newest(self, tmp_path):
        made = net(
            tmp_path,
            """
          { type = "Tanh", as = "h" }, { type = "Add", from = ["@h", "@in"], as = "h" }, { type = "ReLU", as = "r" },
          { type = "Add", from = ["@h", "@h"] }""",
        )
        assert torch.allclose(made(X), 2 * (X.tanh() + X))

    def test_wires_as_options_by_name(self, tmp_path):
        layers = '{ type = "Linear", out_features = 4, as = "w" }, { type = "Linear", from = "@x", out_features = 5 }'
        made = net(
            tmp_path,
            f'{layers}, {{ type = "ConditionalBatchNorm2d", from = "@picture", condition = "@w" }}',
            inputs='["x", "picture"]',
        )
        assert made(X, PICTURE).shape == (4, 3, 8, 8)
        assert not torch.allclose(made(X, PICTURE), made(-X, PICTURE))

    def test_an_array_of_wires_as_an_option(self, tmp_path):
        keys = 'output = ["@out", "@h", "@c"]'
        layers = """
          { type = "Linear", out_features = 5, as = "h0" },
          { type = "Linear", from = "@in", out_features = 5, as = "c0" },
          { type = "LSTMCell", from = "@in", hidden_size = 5, hx = ["@h0", "@c0"], as = ["h", "c"] },
          { type = "Tanh", as = "out" }"""
        out, h, c = net(tmp_path, layers, keys=keys)(X)
        assert out.shape == h.shape == c.shape == (4, 5)
        assert torch.equal(out, h.tanh())

    def test_a_further_input_may_be_left_out(self, tmp_path):
        a = net(tmp_path, '{ type = "Twice", as = ["a", "b"] }, { type = "Add", from = ["@a", "@b"] }')
        b = net(
            tmp_path,
            '{ type = "Tanh", as = "t" }, { type = "Twice", from = ["@in", "@t"], as = ["a", "b"] }, '
            '{ type = "Identity", from = "@b" }',
        )
        c = net(
            tmp_path,
            '{ type = "Tanh", as = "t" }, { type = "Twice", from = "@in", other = "@t", as = ["a", "b"] }, '
            '{ type = "Identity", from = "@b" }',
        )
        assert torch.equal(a(X), 3 * X)
        assert torch.equal(b(X), X.tanh()) and torch.equal(c(X), X.tanh())

    def test_repeat_makes_copies_with_weights_of_their_own_in_a_chain(self, tmp_path):
        made = net(
            tmp_path,
            '{ type = "Linear", out_features = 6, repeat = 3, as = "h" }, { type = "Add", from = ["@last", "@h"] }',
        )
        assert names(made) == [f"Linear_0.{i}.{p}" for i in range(3) for p in ("weight", "bias")]
        state, x = made.state_dict(), X
        for i in range(3):
            x = F.linear(x, state[f"Linear_0.{i}.weight"], state[f"Linear_0.{i}.bias"])
        assert torch.allclose(made(X), x + x)
        assert not torch.equal(state["Linear_0.0.weight"], state["Linear_0.1.weight"])

    def test_with_repeat_the_first_copy_reads_from_and_further_inputs_stay(self, tmp_path):
        made = net(tmp_path, '{ type = "Tanh", as = "t" }, "ReLU", { type = "Add", from = ["@in", "@t"], repeat = 3 }')
        assert torch.allclose(made(X), X + 3 * X.tanh())
        single = net(tmp_path, '"ReLU", { type = "Tanh", from = "@in", repeat = 2 }')
        assert torch.allclose(single(X), X.tanh().tanh())

    def test_for_makes_one_copy_per_entry_and_zips(self, tmp_path):
        made = net(
            tmp_path,
            """
          { type = "Linear", for.out_features = [5, 4, 3], for.as = ["a", "b", "c"], for.bias = [true, false, true] },
          { type = "Concat", from = ["@a", "@b", "@c"] }""",
        )
        assert [tuple(v.shape) for v in made.state_dict().values()] == [(5, 6), (5,), (4, 5), (3, 4), (3,)]
        assert names(made)[2] == "Linear_0.1.weight"
        assert made(X).shape == (4, 12)

    def test_for_from_reads_each(self, tmp_path):
        made = net(
            tmp_path,
            """
          { type = "Chunk", chunks = 3, as = ["a", "b", "c"] },
          { type = "Linear", out_features = 2, for.from = ["@a", "@b", ["@c"]], for.as = ["p", "q", "r"] },
          { type = "Concat", from = ["@p", "@q", "@r"] }""",
        )
        state, parts = made.state_dict(), X.chunk(3, 1)
        by_hand = [
            F.linear(part, state[f"Linear_0.{i}.weight"], state[f"Linear_0.{i}.bias"]) for i, part in enumerate(parts)
        ]
        assert torch.allclose(made(X), torch.cat(by_hand, 1))

    def test_for_may_be_a_list_of_the_data_or_a_parameter(self, tmp_path):
        made = net(tmp_path, '{ type = "Linear", for.out_features = "$data.widths" }')
        assert [v.shape[0] for v in made.state_dict().values()] == [3, 3, 5, 5]
        block = (
            '[blocks.Mlp]\nparams = { widths = [2, 3] }\nlayers = [{ type = "Linear", for.out_features = "$widths" }]'
        )
        made = net(tmp_path, '"Mlp", { type = "Mlp", widths = [7] }', blocks=block)
        assert [v.shape[0] for v in made.state_dict().values()] == [2, 2, 3, 3, 7, 7]

    def test_for_written_as_an_inline_table_is_the_same(self, tmp_path):
        a = net(tmp_path, '{ type = "Linear", for.out_features = [5, 4] }')
        b = net(tmp_path, '{ type = "Linear", for = { out_features = [5, 4] } }')
        assert torch.equal(a(X), b(X))

    def test_the_last_copy_wins_a_name(self, tmp_path):
        made = net(
            tmp_path,
            '{ type = "Linear", for.out_features = [5, 4], as = "h" }, "Tanh", { type = "Identity", from = "@h" }',
        )
        assert made(X).shape == (4, 4)


class TestBlocks:
    def test_params_have_defaults_and_names_inside_are_local(self, tmp_path):
        block = (
            '[blocks.B]\nparams = { width = 5 }\nlayers = [{ type = "Linear", out_features = "$width", as = "h" }, '
            '{ type = "Tanh" }]'
        )
        made = net(
            tmp_path,
            '{ type = "ReLU", as = "h" }, "B", { type = "B", width = 6 }, { type = "Add", from = ["@last", "@h"] }',
            blocks=block,
        )
        assert names(made) == ["B_0.h.weight", "B_0.h.bias", "B_1.h.weight", "B_1.h.bias"]
        state = made.state_dict()
        x = X.relu()
        for i in range(2):
            x = F.linear(x, state[f"B_{i}.h.weight"], state[f"B_{i}.h.bias"]).tanh()
        assert torch.allclose(made(X), x + X.relu())

    def test_outer_names_can_be_read(self, tmp_path):
        block = '[blocks.B]\nlayers = [{ type = "Add", from = ["@in", "@t"] }]\n[blocks.Outer]\nlayers = ["ReLU", "B"]'
        made = net(tmp_path, '{ type = "Tanh", as = "t" }, { type = "Outer", from = "@in" }', blocks=block)
        assert torch.allclose(made(X), X.relu() + X.tanh())

    def test_in_is_the_input_of_the_block_and_a_given_wire_is_the_givers(self, tmp_path):
        block = (
            '[blocks.B]\nparams = { skip = "@in" }\nlayers = ["ReLU", '
            '{ type = "Concat", from = ["@last", "@in", "$skip"] }]'
        )
        made = net(tmp_path, '"Tanh", "B"', blocks=block)
        t = X.tanh()
        assert torch.equal(made(X), torch.cat((t.relu(), t, t), 1))
        given = net(tmp_path, '"Tanh", { type = "B", skip = "@in" }', blocks=block)
        assert torch.equal(given(X), torch.cat((t.relu(), t, X), 1))
        last = net(tmp_path, '"Tanh", { type = "B", from = "@in", skip = "@last" }', blocks=block)
        assert torch.equal(last(X), torch.cat((X.relu(), X, t), 1))

    def test_a_wire_handed_down_two_blocks_stays_the_first_givers(self, tmp_path):
        block = """[blocks.Inner]
        params = { skip = "@in" }
        layers = ["Tanh", { type = "Add", from = ["@last", "$skip"] }]
        [blocks.Outer]
        params = { skip = "@in" }
        layers = ["ReLU", { type = "Inner", skip = "$skip" }]"""
        given = net(tmp_path, '{ type = "Softplus" }, { type = "Outer", skip = "@x" }', blocks=block)
        assert torch.allclose(given(X), F.softplus(X).relu().tanh() + X)
        default = net(tmp_path, '"Softplus", "Outer"', blocks=block)
        assert torch.allclose(default(X), F.softplus(X).relu().tanh() + F.softplus(X))

    def test_an_array_of_wires_as_a_parameter(self, tmp_path):
        block = '[blocks.B]\nparams = { parts = ["@in", "@in"] }\nlayers = [{ type = "Concat", from = "$parts" }]'
        made = net(
            tmp_path,
            '{ type = "Tanh", as = "t" }, "ReLU", { type = "B", parts = ["@t", "@last", "@in"] }',
            blocks=block,
        )
        assert torch.equal(made(X), torch.cat((X.tanh(), X.tanh().relu(), X), 1))
        assert torch.equal(net(tmp_path, '"Tanh", "B"', blocks=block)(X), torch.cat((X.tanh(), X.tanh()), 1))

    def test_a_component_as_a_parameter(self, tmp_path):
        block = """[blocks.B]
        params = { norm = "BatchNorm1d", act = { type = "LeakyReLU", negative_slope = 0.5 } }
        layers = [{ type = "Linear", out_features = 5 }, "$norm", { type = "$act" }]"""
        layers = '"B", { type = "B", norm = { type = "LayerNorm", eps = 0.25 }, act = "Tanh" }'
        made = net(tmp_path, layers.replace(', act = "Tanh"', ""), blocks=block)
        assert names(made)[2:7] == [
            f"B_0.BatchNorm1d_0.{n}" for n in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
        ]
        assert names(made)[-1] == "B_1.LayerNorm_0.bias"
        state = made.state_dict()
        x = F.leaky_relu(F.linear(X, state["B_0.Linear_0.weight"], state["B_0.Linear_0.bias"]) / (1 + 1e-5) ** 0.5, 0.5)
        x = F.linear(x, state["B_1.Linear_0.weight"], state["B_1.Linear_0.bias"])
        assert torch.allclose(made(X), F.leaky_relu(F.layer_norm(x, (5,), eps=0.25), 0.5), atol=1e-6)

    def test_a_parameter_may_be_a_block_or_a_network(self, tmp_path):
        block = """[blocks.Wide]
        layers = [{ type = "Linear", out_features = 8 }, "Tanh"]
        [blocks.B]
        params = { body = "Tanh" }
        layers = ["ReLU", "$body"]"""
        made = net(tmp_path, '{ type = "B", body = "Wide" }', blocks=block)
        assert names(made) == ["B_0.Wide_0.Linear_0.weight", "B_0.Wide_0.Linear_0.bias"]

    def test_a_default_may_be_a_fact(self, tmp_path):
        block = (
            '[blocks.B]\nparams = { width = "$data.channels" }\nlayers = [{ type = "Linear", out_features = "$width" }]'
        )
        assert net(tmp_path, '{ type = "Linear", out_features = 3 }, "B"', blocks=block)(X).shape == (4, 6)

    def test_output_picks_the_wire(self, tmp_path):
        block = '[blocks.B]\noutput = "@t"\nlayers = [{ type = "Tanh", as = "t" }, "ReLU"]'
        assert torch.equal(net(tmp_path, '"B"', blocks=block)(X), X.tanh())

    def test_output_may_be_several_wires(self, tmp_path):
        block = '[blocks.B]\noutput = ["@t", "@r"]\nlayers = [{ type = "Tanh", as = "t" }, { type = "ReLU", as = "r" }]'
        made = net(
            tmp_path, '{ type = "B", as = ["a", "b"] }, { type = "Concat", from = ["@b", "@last"] }', blocks=block
        )
        assert torch.equal(made(X), torch.cat((X.tanh().relu(), X.tanh()), 1))

    def test_shortcut_adds_and_output_picks_the_summand(self, tmp_path):
        identity = '[blocks.B]\nlayers = ["Tanh"]\nshortcut = []'
        assert torch.equal(net(tmp_path, '"B"', blocks=identity)(X), X.tanh() + X)
        block = """[blocks.B]
        output = "@h"
        layers = [{ type = "Linear", out_features = 5, as = "h" }, "Tanh"]
        shortcut = [{ type = "Linear", out_features = 5, bias = false }]"""
        made = net(tmp_path, '"B"', blocks=block)
        state = made.state_dict()
        assert names(made) == ["B_0.h.weight", "B_0.h.bias", "B_0.shortcut.Linear_0.weight"]
        by_hand = F.linear(X, state["B_0.h.weight"], state["B_0.h.bias"]) + F.linear(
            X, state["B_0.shortcut.Linear_0.weight"]
        )
        assert torch.allclose(made(X), by_hand)

    def test_a_shortcut_reads_the_blocks_input_and_its_names(self, tmp_path):
        block = (
            '[blocks.B]\nparams = { w = 2 }\nlayers = [{ type = "Tanh", as '
            '= "t" }]\nshortcut = [{ type = "Add", from = ["@in", "@t"] }]'
        )
        assert torch.allclose(net(tmp_path, '"ReLU", "B"', blocks=block)(X), 2 * X.relu().tanh() + X.relu())

    def test_exports_write_back_and_each_copy_exports(self, tmp_path):
        block = """[blocks.B]
        exports = ["sum"]
        layers = [{ type = "Tanh", as = "h" }, { type = "Add", from = ["@sum", "@h"], as = "sum" },
        { type = "Identity", from = "@h" }]"""
        made = net(
            tmp_path,
            '{ type = "Identity", as = "sum" }, { type = "B", repeat = 3 }, { type = "Identity", from = "@sum" }',
            blocks=block,
        )
        a = X.tanh()
        b = a.tanh()
        assert torch.allclose(made(X), X + a + b + b.tanh())

    def test_blocks_nest_in_names_and_copies_count(self, tmp_path):
        blocks = """[blocks.Inner]
        layers = [{ type = "Linear", out_features = 6 }]
        [blocks.Outer]
        layers = [{ type = "Inner", repeat = 2 }, { type = "Inner", as = "last_one" }]"""
        made = net(tmp_path, '"Outer", { type = "Outer", for.as = ["a", "b"] }', blocks=blocks)
        ends = ("Inner_0.0.Linear_0", "Inner_0.1.Linear_0", "last_one.Linear_0")
        wanted = [f"{outer}.{end}" for outer in ("Outer_0", "Outer_1.0", "Outer_1.1") for end in ends]
        assert [n.rpartition(".")[0] for n in names(made) if n.endswith("weight")] == wanted

    def test_init_parametrize_and_defaults_on_a_blocks_line_hold_inside_it(self, tmp_path):
        block = """[blocks.Inner]
        layers = [{ type = "Linear", out_features = 6 }]
        [blocks.B]
        layers = ["Inner", { type = "Linear", out_features = 6, init = "Ones" }]"""
        keys = 'init = { type = "Constant", val = 2.0 }\ndefaults.Linear = { bias = false }'
        made = net(
            tmp_path,
            '"B", { type = "B", init = "Zeros", defaults.Linear = { bias = true } }, '
            '{ type = "B", defaults = false, parametrize = "WeightNorm" }',
            keys=keys,
            blocks=block,
        )
        state = made.state_dict()
        assert float(state["B_0.Inner_0.Linear_0.weight"].mean()) == 2 and "B_0.Linear_0.bias" not in state
        assert float(state["B_1.Inner_0.Linear_0.weight"].abs().max()) == 0 and "B_1.Linear_0.bias" in state
        assert float(state["B_1.Linear_0.weight"].mean()) == 1
        assert "B_2.Inner_0.Linear_0.bias" in state and "B_2.Linear_0.parametrizations.weight.original0" in state


class TestNetworksAsLayers:
    def test_a_networks_name_is_a_layer_with_its_weights(self, tmp_path):
        text = (
            DATA
            + """
        [networks.shared]
        inputs = ["x"]
        layers = [{ type = "Linear", out_features = 6, as = "h" }, "Tanh"]
        [networks.net]
        inputs = ["x"]
        layers = ["shared", { type = "shared.h", from = "@in", as = "inner" }, { type = "Concat", from = ["@inner",
        "@last"] }, { type = "Linear", out_features = 2 }]
        """
        )
        made = built(planned(tmp_path, text), False)
        assert names(made["net"]) == ["Linear_0.weight", "Linear_0.bias"]
        assert sum(p.numel() for p in made["net"].parameters()) == 26
        h = F.linear(X, *(made["shared"].state_dict()[f"h.{n}"] for n in ("weight", "bias")))
        by_hand = F.linear(
            torch.cat((h, h), 1), *(made["net"].state_dict()[f"Linear_0.{n}"] for n in ("weight", "bias"))
        )
        assert torch.allclose(made["net"](X), by_hand)

    def test_repeat_of_a_network_is_an_unrolled_recurrence(self, tmp_path):
        text = (
            DATA
            + """
        [networks.cell]
        inputs = ["h", "label"]
        layers = [{ type = "Concat", from = ["@h", "@label"] }, { type = "Linear", out_features = 6 }, "Tanh"]
        [networks.net]
        inputs = ["x", "label"]
        layers = [{ type = "cell", from = ["@in", "@label"], repeat = 4 }]
        """
        )
        made = built(planned(tmp_path, text), False)
        x = X
        for _ in range(4):
            x = made["cell"](x, LABEL)
        assert torch.allclose(made["net"](X, LABEL), x)

    def test_a_list_of_outputs(self, tmp_path):
        text = (
            DATA
            + """
        [networks.shared]
        inputs = ["x"]
        output = ["@a", "@b"]
        layers = [{ type = "Tanh", as = "a" }, { type = "ReLU", as = "b" }, "Softplus"]
        [networks.net]
        inputs = ["x"]
        layers = [{ type = "shared", as = ["p", "q"] }, { type = "Concat", from = ["@last", "@q"] }]
        [networks.reader]
        inputs = ["shared", "shared.b"]
        layers = [{ type = "Concat", from = ["@shared", "@b"] }]
        """
        )
        made = built(planned(tmp_path, text), False)
        a, b = made["shared"](X)
        assert torch.equal(a, X.tanh()) and torch.equal(b, a.relu())
        assert torch.equal(made["net"](X), torch.cat((a, b), 1))

    def test_wrong_uses(self, tmp_path):
        layers = 'layers = [{ type = "Concat", from = ["@x", "@label"], as = "both" }]'
        blocks = f'[networks.shared]\ninputs = ["x", "label"]\n{layers}'
        cases = {
            '"shared"': "network 'shared' takes 2 inputs (x, label), not 1",
            '{ type = "shared.bth", from = ["@x", "@x"] }': "did you mean 'both'?",
            '{ type = "shared", from = ["@x", "@x"], b = 1 }': "'shared' is a network; it takes inputs by `from` only",
            '{ type = "shared", from = ["@x", "@x"], init = "Zeros" }': "'shared' is a network",
            '{ type = "shared", from = ["@x", "@x"], parametrize = "WeightNorm" }': "'shared' is a network",
        }
        for layers, told in cases.items():
            text, found = errors(tmp_path, layers, blocks=blocks)
            assert len(found) == 1 and told in found[0][2], (layers, found)
            assert found[0][0] == place(text, layers)[0]

    def test_networks_that_need_each_other_are_an_error(self, tmp_path):
        text = (
            DATA + '[networks.a]\ninputs = ["b"]\nlayers = ["Tanh"]\n[networks.b]\ninputs = ["a"]\nlayers = ["Tanh"]\n'
        )
        ((line, _, message),) = faults(tmp_path, text)
        assert "networks need each other's output: a -> b -> a" in message and line == place(text, "[networks.a]")[0]


class TestSizes:
    def test_inferred_sizes(self, tmp_path):
        made = net(
            tmp_path,
            """
          { type = "Conv2d", out_channels = 5, kernel_size = 3 }, "BatchNorm2d", { type = "GroupNorm", num_groups = 5 },
          { type = "ConvTranspose2d", out_channels = 2, kernel_size = 2 }, "InstanceNorm2d", "Flatten", "LayerNorm",
          { type = "Linear", out_features = 7 }""",
            inputs='["picture"]',
        )
        shapes = {n: tuple(v.shape) for n, v in made.state_dict().items()}
        assert shapes["Conv2d_0.weight"] == (5, 3, 3, 3) and shapes["ConvTranspose2d_0.weight"] == (5, 2, 2, 2)
        assert shapes["LayerNorm_0.weight"] == (98,) and shapes["Linear_0.weight"] == (7, 98)

    def test_the_last_axis_counts_for_features_the_first_for_channels(self, tmp_path):
        made = net(
            tmp_path,
            '{ type = "Embedding", num_embeddings = 9, embedding_dim = 4 }, '
            '{ type = "GRU", hidden_size = 7 }, { type = "Linear", out_features = 2 }',
            inputs='["text"]',
        )
        shapes = {n: tuple(v.shape) for n, v in made.state_dict().items()}
        assert shapes["GRU_0.weight_ih_l0"] == (21, 4) and shapes["Linear_0.weight"] == (2, 7)
        assert made(torch.zeros(4, 5, dtype=torch.int64)).shape == (4, 5, 2)

    def test_a_size_that_fits_may_be_written(self, tmp_path):
        assert net(tmp_path, '{ type = "Linear", in_features = 6, out_features = 2 }')(X).shape == (4, 2)

    @pytest.mark.parametrize(
        ("layers", "inputs", "wrong", "numbers"),
        [
            ('"Tanh", { type = "Linear", in_features = 7, out_features = 2 }', '["x"]', "in_features", ("7", "6")),
            (
                '"Tanh", { type = "Conv2d", in_channels = 4, out_channels = 2, kernel_size = 1 }',
                '["picture"]',
                "in_channels",
                ("4", "3"),
            ),
            ('{ type = "BatchNorm2d", num_features = 5 }', '["picture"]', "num_features", ("5", "3")),
            ('{ type = "LayerNorm", normalized_shape = [3, 8, 9] }', '["picture"]', "normalized_shape", ("9", "8")),
        ],
    )
    def test_a_wrong_one_is_refused_with_both_numbers(self, tmp_path, layers, inputs, wrong, numbers):
        text, found = errors(tmp_path, layers, inputs=inputs)
        assert len(found) == 1
        line, _, message = found[0]
        assert line == place(text, wrong)[0] and all(n in message for n in numbers) and wrong in message

    def test_a_layer_that_cannot_take_its_input_says_the_shape(self, tmp_path):
        text, found = errors(
            tmp_path, '"Flatten", { type = "Conv2d", out_channels = 2, kernel_size = 3 }', inputs='["picture"]'
        )
        ((line, column, message),) = found
        assert (line, column) == place(text, '{ type = "Conv2d"') and "'Conv2d' cannot take (192,)" in message

    def test_tokens_are_whole_numbers_and_labels_floats(self, tmp_path):
        text, found = errors(tmp_path, '{ type = "Embedding", num_embeddings = 9, embedding_dim = 4 }')
        assert len(found) == 1 and "'Embedding' cannot take (6,)" in found[0][2]
        text, found = errors(tmp_path, '{ type = "Linear", out_features = 4 }', inputs='["text"]')
        assert len(found) == 1 and "'Linear' cannot take (5,)" in found[0][2]

    def test_rows_are_folded_by_the_last_lines_only_where_a_layer_says_so(self, tmp_path):
        folded = net(tmp_path, '{ type = "Pack", size = 2 }, { type = "Linear", out_features = 1 }')
        assert folded(X).shape == (2, 1)


class TestParameters:
    def test_facts_and_vars_stand_for_whole_values_and_entries_of_arrays(self, tmp_path):
        blocks = '[vars]\nside = 2\nslope = 0.5\nfilters = ["$data.channels", 4]'
        made = net(
            tmp_path,
            """
          { type = "Linear", out_features = 8 }, { type = "Unflatten", dim = 1, unflattened_size = ["$side",
          "$side", 2] },
          { type = "LeakyReLU", negative_slope = "$slope" }, "Flatten", { type = "Dropout", p = "$data.half" },
          { type = "Linear", for.out_features = "$filters" }, { type = "Linear", out_features = "$data.channels" }""",
            blocks=blocks,
        )
        assert made(X).shape == (4, 6) and made.state_dict()["Linear_1.0.weight"].shape == (6, 8)

    def test_an_unknown_name_lists_what_there_is(self, tmp_path):
        text, found = errors(tmp_path, '"Tanh", { type = "Linear", out_features = "$data.chanels" }')
        ((line, column, message),) = found
        assert (line, column) == place(text, '"$data.chanels"') and "did you mean 'data.channels'?" in message

    def test_an_unknown_parameter_inside_a_block(self, tmp_path):
        block = '[blocks.B]\nparams = { width = 5 }\nlayers = [{ type = "Linear", out_features = "$widht" }]'
        text, found = errors(tmp_path, '"B", "B"', blocks=block)
        ((line, column, message),) = found
        assert (line, column) == place(text, '"$widht"') and "did you mean 'width'?" in message

    def test_a_parameter_of_another_type_is_shown_where_it_was_written(self, tmp_path):
        block = '[blocks.B]\nparams = { width = 5 }\nlayers = [{ type = "Linear", out_features = "$width" }]'
        text, found = errors(tmp_path, '"B", { type = "B", width = 4.5 }', blocks=block)
        ((line, column, message),) = found
        assert (line, column) == place(text, "4.5") and "expected an integer, found the number 4.5" in message
        text, found = errors(tmp_path, '"B", { type = "B", width = "@in" }', blocks=block)
        assert len(found) == 1 and "which has no value yet" in found[0][2]

    def test_a_block_has_no_such_parameter(self, tmp_path):
        block = '[blocks.B]\nparams = { width = 5 }\nlayers = [{ type = "Linear", out_features = "$width" }]'
        text, found = errors(tmp_path, '"Tanh", { type = "B", witdh = 4 }', blocks=block)
        ((line, column, message),) = found
        assert (line, column) == place(
            text, "witdh"
        ) and "block 'B' has no parameter 'witdh' (it has width); did you mean 'width'?" in message


class TestWires:
    def test_an_unknown_wire_lists_those_in_reach(self, tmp_path):
        block = '[blocks.B]\nlayers = ["ReLU", { type = "Add", from = ["@in", "@skp"] }]'
        text, found = errors(tmp_path, '{ type = "Tanh", as = "skip" }, "B"', blocks=block)
        ((line, column, message),) = found
        assert (line, column) == place(text, '"@skp"')
        assert "no wire '@skp'; in reach are @x, @skip, @in, @last; did you mean 'skip'?" in message

    def test_a_wire_bound_further_down_is_not_there_yet(self, tmp_path):
        text, found = errors(tmp_path, '{ type = "Add", from = ["@in", "@late"] }, { type = "Tanh", as = "late" }')
        ((line, column, message),) = found
        assert (line, column) == place(text, '"@late"') and "no wire '@late'" in message

    def test_names_of_a_block_end_with_it(self, tmp_path):
        block = '[blocks.B]\nlayers = [{ type = "Tanh", as = "inner" }]'
        text, found = errors(tmp_path, '"B", { type = "Identity", from = "@inner" }', blocks=block)
        assert len(found) == 1 and found[0][:2] == place(text, '"@inner"')

    def test_a_field_that_is_no_input_says_so(self, tmp_path):
        text, found = errors(tmp_path, '{ type = "Concat", from = ["@x", "@label"] }')
        ((line, column, message),) = found
        assert (line, column) == place(text, '"@label"') and "not in `inputs`" in message

    def test_a_block_has_one_input(self, tmp_path):
        text, found = errors(tmp_path, '{ type = "B", from = ["@x", "@x"] }', blocks='[blocks.B]\nlayers = ["Tanh"]')
        ((line, column, message),) = found
        assert (line, column) == place(
            text, '["@x", "@x"]'
        ) and "a block has one input; give further wires as parameters" in message

    def test_more_names_than_outputs(self, tmp_path):
        text, found = errors(tmp_path, '"Tanh", { type = "Chunk", chunks = 2, as = ["a", "b", "c"] }')
        ((line, column, message),) = found
        assert (line, column) == place(text, '["a", "b", "c"]') and "names 3 outputs, but the line has 2" in message

    def test_exports_of_what_is_not_bound(self, tmp_path):
        block = '[blocks.B]\nexports = ["rgb"]\nlayers = ["Tanh"]'
        text, found = errors(tmp_path, '"B"', blocks=block)
        assert len(found) == 1 and "binds no wire 'rgb'" in found[0][2]

    def test_a_shortcut_of_another_shape(self, tmp_path):
        block = '[blocks.B]\nlayers = [{ type = "Linear", out_features = 5 }]\nshortcut = []'
        text, found = errors(tmp_path, '"B"', blocks=block)
        ((line, _, message),) = found
        assert "layers give (5,), the shortcut (6,)" in message and "networks.net.layers[0]" in message
        assert line == place(text, "[blocks.B]")[0]

    def test_lists_of_different_length(self, tmp_path):
        text, found = errors(
            tmp_path, '"Tanh", { type = "Linear", for.out_features = "$data.widths", for.bias = [true] }'
        )
        ((line, _, message),) = found
        assert line == place(text, "for.out_features")[0] and "out_features 2, bias 1" in message

    def test_inputs_that_are_nothing(self, tmp_path):
        text, found = errors(tmp_path, '"Tanh"', inputs='["x", "lable"]')
        ((line, column, message),) = found
        assert (line, column) == place(text, '"lable"') and "did you mean 'label'?" in message

    def test_all_independent_faults_in_one_go(self, tmp_path):
        layers = """{ type = "Conv2D", out_channels = 3 },
        { type = "Linear", out_feature = 3 },
        { type = "LeakyReLU", negative_slope = "steep" }, "Relu","""
        text, found = errors(tmp_path, layers)
        lines = [place(text, what)[0] for what in ('"Conv2D"', "out_feature =", '"steep"', '"Relu"')]
        assert {line for line, _, _ in found} == set(lines)
        told = " ".join(message for _, _, message in found)
        assert all(
            hint in told
            for hint in (
                "did you mean 'Conv2d'?",
                "did you mean 'out_features'?",
                "did you mean 'ReLU'?",
                "expected a number, found the string 'steep'",
            )
        )


class TestWeights:
    def test_line_before_defaults_before_network_and_false_turns_off(self, tmp_path):
        keys = """init = { type = "Constant", val = 1.0 }
        parametrize = "WeightNorm"
        defaults.Conv2d = { kernel_size = 1, init = { type = "Constant", val = 2.0 }, parametrize = false }
        defaults.Linear = { bias = false }"""
        made = net(
            tmp_path,
            """
          { type = "Conv2d", out_channels = 2 },
          { type = "Conv2d", out_channels = 2, kernel_size = 3, init = { type = "Constant", val = 3.0 } },
          { type = "Conv2d", out_channels = 2, defaults = false, kernel_size = 1 },
          { type = "Conv2d", out_channels = 2, init = false },
          { type = "Conv2d", out_channels = 2, parametrize = "SpectralNorm" }, "Flatten",
          { type = "Linear", out_features = 3 },
          { type = "Linear", out_features = 3, bias = true, parametrize = false }""",
            inputs='["picture"]',
            keys=keys,
        )
        state = made.state_dict()
        mean = {n: float(v.mean()) for n, v in state.items()}
        assert mean["Conv2d_0.weight"] == 2 and mean["Conv2d_1.weight"] == 3
        assert state["Conv2d_1.weight"].shape[-1] == 3 and state["Conv2d_0.weight"].shape[-1] == 1
        assert mean["Conv2d_0.bias"] == 0
        assert (
            float(made.get_submodule("Conv2d_2").weight.detach().mean()) == pytest.approx(1)
            and "Conv2d_2.parametrizations.weight.original0" in state
        )
        assert float(state["Conv2d_3.weight"].std()) > 0 and float(state["Conv2d_3.bias"].abs().max()) > 0
        assert "Conv2d_4.parametrizations.weight.original" in state
        assert "Linear_0.bias" not in state and "Linear_0.parametrizations.weight.original0" in state
        assert mean["Linear_1.weight"] == 1 and mean["Linear_1.bias"] == 0

    def test_init_leaves_norms_and_embeddings_alone_unless_asked(self, tmp_path):
        keys = 'init = "Zeros"\ndefaults.BatchNorm1d = { init = { type = "Constant", val = 0.5 } }'
        layers = (
            '{ type = "Embedding", num_embeddings = 9, embedding_dim = 4 }, '
            '"Flatten", "LayerNorm", "BatchNorm1d", { type = "LayerNorm", init = { type = "Constant", val = 2.0 } }, '
            '{ type = "Linear", out_features = 2 }'
        )
        state = net(tmp_path, layers, inputs='["text"]', keys=keys).state_dict()
        assert float(state["Embedding_0.weight"].std()) > 0.5
        assert float(state["LayerNorm_0.weight"].mean()) == 1 and float(state["LayerNorm_1.weight"].mean()) == 2
        assert (
            float(state["BatchNorm1d_0.weight"].mean()) == 0.5 and float(state["BatchNorm1d_0.bias"].abs().max()) == 0
        )
        assert float(state["Linear_0.weight"].abs().max()) == 0

    def test_parametrize_reaches_every_weight_of_two_dimensions_inside_a_layer(self, tmp_path):
        made = net(
            tmp_path,
            '{ type = "Unflatten", dim = 1, unflattened_size = [3, 2] }, '
            '{ type = "TransformerEncoderLayer", nhead = 1, dim_feedforward = 4 }, "BatchNorm1d"',
            keys='parametrize = "SpectralNorm"',
        )
        found = [n for n in names(made) if n.endswith("original")]
        assert any("linear1" in n for n in found) and any("linear2" in n for n in found)
        assert not any(
            "norm" in n.lower().replace("transformerencoderlayer", "").split(".parametrizations")[0] for n in found
        )

    def test_without_init_pytorchs_own_under_the_seed_and_names_decide_the_stream(self, tmp_path):
        a = net(
            tmp_path, '{ type = "Linear", out_features = 3 }, "Tanh", { type = "Linear", out_features = 3 }'
        ).state_dict()
        b = net(
            tmp_path, '"ReLU", { type = "Linear", out_features = 3 }, { type = "Linear", out_features = 4 }'
        ).state_dict()
        assert torch.equal(a["Linear_0.weight"], b["Linear_0.weight"])
        assert float(a["Linear_0.weight"].abs().max()) <= 6**-0.5 and float(a["Linear_0.bias"].abs().max()) > 0
        text = f'{DATA}\n[networks.net]\ninputs = ["x"]\nlayers = [{{ type = "Linear", out_features = 3 }}]\n'
        other = built(planned(tmp_path, text, ["run.seed=1"]))["net"].state_dict()
        assert not torch.equal(a["Linear_0.weight"], other["Linear_0.weight"])

    def test_building_twice_gives_the_same_and_leaves_the_global_stream_alone(self, tmp_path):
        torch.manual_seed(5)
        before = torch.get_rng_state()
        layers = 'init = "XavierNormal"\nlayers = [{ type = "Linear", out_features = 3 }, "Dropout"]\n'
        made = planned(tmp_path, f'{DATA}\n[networks.net]\ninputs = ["x"]\n{layers}')
        one = {k: v.clone() for k, v in built(made)["net"].state_dict().items()}
        two = built(made)["net"].state_dict()
        assert all(torch.equal(one[k], two[k]) for k in one)
        assert torch.equal(before, torch.get_rng_state())

    def test_an_initializer_that_cannot_take_a_weight_is_the_lines_fault(self, tmp_path):
        layers = 'layers = ["Tanh",\n  { type = "Linear", out_features = 3, init = "Dirac" }]\n'
        text = f'{DATA}\n[networks.net]\ninputs = ["x"]\n{layers}'
        made = planned(tmp_path, text)
        with pytest.raises(weights.SpecError) as error:
            built(made)
        assert "networks.net.layers[1]: cannot set up the weights" in str(error.value)
        assert error.value.errors[0].place.line - 1 == place(text, '"Dirac"')[0]


class TestNames:
    def test_as_names_a_line_that_binds_once_else_type_and_number(self, tmp_path):
        made = net(
            tmp_path,
            """
          { type = "Linear", out_features = 6 }, { type = "Linear", out_features = 6, as = "mine" }, "Tanh",
          { type = "Linear", out_features = 6, as = "twice" }, { type = "Linear", out_features = 6, as = "twice" },
          { type = "Linear", out_features = 6, repeat = 2, as = "copies" },
          { type = "Linear", out_features = 6, as = "train" },
          { type = "GRUCell", hidden_size = 4, as = ["h"] }""",
        )
        own = [n.rpartition(".")[0] for n in names(made) if n.endswith("weight")]
        assert own == ["Linear_0", "mine", "Linear_2", "Linear_3", "Linear_4.0", "Linear_4.1", "Linear_5"]
        assert "GRUCell_0.weight_ih" in names(made)

    def test_inserting_a_line_renames_only_its_own_kind(self, tmp_path):
        before = names(
            net(tmp_path, '{ type = "Linear", out_features = 6 }, "BatchNorm1d", { type = "Linear", out_features = 6 }')
        )
        after = names(
            net(
                tmp_path,
                '{ type = "Linear", out_features = 6 }, '
                '"ReLU", "LayerNorm", "BatchNorm1d", { type = "Linear", out_features = 6 }',
            )
        )
        assert set(before) <= set(after)

    def test_a_network_may_call_its_wires_whatever_a_module_has(self, tmp_path):
        made = net(
            tmp_path,
            '{ type = "Linear", out_features = 6, as = "graph" }, { type = "Linear", out_features = 6, as = "wires" }, '
            '{ type = "Linear", out_features = 6, as = "name" }, '
            '{ type = "Linear", out_features = 6, as = "shortcut" }',
        )
        assert made(X).shape == (4, 6)
        again = built(
            planned(
                tmp_path,
                DATA + '[networks.net]\ninputs = ["x"]\nlayers = [{ type = "Linear", out_features = 6, as = "graph" }]',
            )
        )["net"]
        assert again(X).shape == (4, 6) and names(again) == ["graph.weight", "graph.bias"]


class TestScopes:
    def test_parameters_of_the_block_around_can_be_read(self, tmp_path):
        blocks = """[blocks.Inner]
        layers = [{ type = "Linear", out_features = "$width" }]
        [blocks.Outer]
        params = { width = 5 }
        layers = ["Inner", "Tanh"]"""
        made = net(tmp_path, '"Outer", { type = "Outer", width = 2 }', blocks=blocks)
        assert [tuple(v.shape) for n, v in made.state_dict().items() if n.endswith("weight")] == [(5, 6), (2, 5)]

    def test_but_not_where_no_block_around_has_them(self, tmp_path):
        blocks = """[blocks.Inner]
        layers = [{ type = "Linear", out_features = "$width" }]
        [blocks.Outer]
        params = { width = 5 }
        layers = ["Inner"]"""
        text, found = errors(tmp_path, '"Outer", "Inner"', blocks=blocks)
        ((line, column, message),) = found
        assert (line, column) == place(
            text, '"$width"'
        ) and "no parameter, variable or fact is named '$width'" in message

    def test_an_inner_parameter_hides_an_outer_one_and_a_variable(self, tmp_path):
        blocks = """[vars]
        width = 7
        [blocks.Inner]
        params = { width = 3 }
        layers = [{ type = "Linear", out_features = "$width" }]
        [blocks.Outer]
        params = { width = 5 }
        layers = [{ type = "Inner" }, { type = "Linear", out_features = "$width" }]"""
        made = net(tmp_path, '"Outer", { type = "Linear", out_features = "$width" }', blocks=blocks)
        assert [v.shape[0] for n, v in made.state_dict().items() if n.endswith("weight")] == [3, 5, 7]

    def test_a_wire_inside_a_shortcut(self, tmp_path):
        block = (
            '[blocks.B]\nparams = { skip = "@in" }\nlayers = ["Tanh"]\nshortcut '
            '= [{ type = "Add", from = ["$skip", "@in"], as = "only_here" }]'
        )
        made = net(
            tmp_path,
            '{ type = "ReLU", as = "r" }, { type = "Softplus" }, { type = "B", from = "@in", skip = "@last" }',
            blocks=block,
        )
        assert torch.allclose(made(X), X.tanh() + F.softplus(X.relu()) + X)

    def test_last_of_an_inner_scope_does_not_leak(self, tmp_path):
        block = '[blocks.B]\noutput = "@t"\nlayers = [{ type = "Tanh", as = "t" }, { type = "ReLU" }]'
        made = net(tmp_path, '"B", { type = "Identity", from = "@last" }', blocks=block)
        assert torch.equal(made(X), X.tanh())

    def test_blocks_in_a_circle_and_too_many_layers(self, tmp_path):
        text, found = errors(tmp_path, '"A"', blocks='[blocks.A]\nlayers = ["B"]\n[blocks.B]\nlayers = ["A"]')
        assert found and all("circle" in message for _, _, message in found)
        many = '[blocks.A]\nlayers = [{ type = "Tanh", repeat = 200 }]'
        text, found = errors(tmp_path, '{ type = "A", repeat = 200 }', blocks=many)
        assert len(found) == 1 and "40_000 layers; at most 10_000" in found[0][2]

    def test_an_output_that_nothing_binds(self, tmp_path):
        text, found = errors(tmp_path, '{ type = "Tanh", as = "rgb" }', keys='output = "@rbg"')
        ((line, column, message),) = found
        assert (line, column) == place(text, '"@rbg"') and "did you mean 'rgb'?" in message

    def test_dotted_inputs_are_their_last_part_inside(self, tmp_path):
        text = (
            DATA
            + """
        [networks.features]
        inputs = ["x"]
        layers = [{ type = "Tanh", as = "p0" }, { type = "ReLU", as = "p1" }]
        [networks.net]
        inputs = ["features.p1", "features.p0", "features", "label"]
        layers = [{ type = "Concat", from = ["@in", "@p0", "@features", "@label"] }]
        """
        )
        made = built(planned(tmp_path, text), False)
        t = X.tanh()
        assert made["net"].inputs == ("features.p1", "features.p0", "features", "label")
        assert torch.equal(made["net"](t.relu(), t, t.relu(), LABEL), torch.cat((t.relu(), t, t.relu(), LABEL), 1))
        wrong = text.replace("features.p1", "features.p2", 1)
        ((line, column, message),) = faults(tmp_path, wrong)
        assert (line, column) == place(wrong, '"features.p2"') and "binds no wire 'p2'" in message
        both = text.replace('"features.p0",', '"features.p0", "p0",').replace(
            "shapes.text = [5]", "shapes.text = [5]\nshapes.p0 = [2]"
        )
        assert any("are both '@p0' inside the network" in message for _, _, message in faults(tmp_path, both))


class TestMade:
    GAME = """
    [latents.z]
    type = "Normal"
    size = 3
    [networks.generator]
    inputs = ["z"]
    optimizer = "Adam"
    MAKES
    layers = [
      { type = "Linear", out_features = 6, as = "h" },
      "Tanh",
    ]
    [networks.discriminator]
    inputs = ["x"]
    optimizer = "Adam"
    layers = [{ type = "Linear", out_features = 1 }]
    [losses.game]
    type = "Hinge"
    """

    def test_what_makes_a_field_has_its_shape(self, tmp_path):
        text = DATA + self.GAME.replace("MAKES", "").replace("out_features = 6", "out_features = 5")
        ((line, column, message),) = faults(tmp_path, text)
        assert (line, column) == place(text, '"Tanh"')
        assert "makes 'x' of shape (5,) float32; the data's is (6,) float32" in message

    def test_and_its_dtype(self, tmp_path):
        text = DATA + self.GAME.replace("MAKES", 'makes = "text"').replace(
            "out_features = 6", "out_features = 5"
        ).replace('inputs = ["x"]', 'inputs = ["text"]\njudges = "text"').replace(
            '[{ type = "Linear", out_features = 1 }]', '[{ type = "Embedding", num_embeddings = 9, embedding_dim = 1 }]'
        )
        found = faults(tmp_path, text)
        assert len(found) == 1 and "makes 'text' of shape (5,) float32; the data's is (5,) int64" in found[0][2]

    def test_a_made_wire_exists(self, tmp_path):
        text = DATA + self.GAME.replace("MAKES", 'makes = { x = "@g", h = "@h" }')
        found = faults(tmp_path, text)
        assert len(found) == 1 and "binds no wire '@g'" in found[0][2]

    def test_a_latent_in_a_fields_place_has_its_shape(self, tmp_path):
        text = (
            DATA
            + self.GAME.replace("MAKES", "").replace('inputs = ["z"]', 'inputs = ["z", "label"]')
            + '[latents.label]\ntype = "OneHot"\nsize = 4\n'
        )
        found = faults(tmp_path, text)
        assert len(found) == 1 and found[0][0] == place(text, "[latents.label]")[0]
        assert "stands for the data's field 'label' of shape (3,), but gives (4,)" in found[0][2]

    def test_unknown_components_at_every_key(self, tmp_path):
        text = DATA + self.GAME.replace("MAKES", 'init = "Xavier"\nparametrize = "SpecNorm"\nema = 1.5').replace(
            'optimizer = "Adam"', 'optimizer = { type = "Adamm", lr = 1e-3 }', 1
        ).replace('type = "Hinge"', 'type = "Hinge"\nweight = "1"')
        found = {message.partition(":")[0]: (line, message) for line, _, message in faults(tmp_path, text)}
        assert found["networks.generator.optimizer"][1].endswith("unknown optimizer 'Adamm'; did you mean 'Adam'?")
        assert found["networks.generator.ema"][1].endswith("must be at most 1.0, not 1.5")
        assert "losses.game.weight" in found
        assert any("Xavier" in message and line == place(text, '"Xavier"')[0] for line, message in found.values())
