"""Networks' tables (rule 9)."""

from __future__ import annotations

from ganframe.errors import Problem, did_you_mean
from ganframe.spec.env import is_wire
from ganframe.spec.lines import defaults_table, lines, output_wires, torn
from ganframe.spec.model import NetworkSpec, Node, Use
from ganframe.spec.table import Table, name_fault, plain_texts
from ganframe.spec.uses import checked_use
from ganframe.spec.values import found

_HINTS = {
    "input": "did you mean 'inputs'?",
    "lr": "it is an option of the optimizer: optimizer = { type = \"Adam\", lr = ... }",
    "role": "what a network is follows from `makes` and `judges`",
    "params": "networks have no parameters; blocks have",
    "loss": "losses have tables of their own, [losses.NAME]",
    "scheduler": "did you mean 'schedule'?",
    "pretrained": "did you mean 'weights'?",
}

Makes = dict[tuple[str, str], Node | None]


def network(name: str, node: Node, problems: list[Problem]) -> NetworkSpec:
    """A network's table."""
    table = Table(node, f"networks.{name}", problems)
    inputs = table.texts("inputs") or ()
    layers = table.take("layers")
    read = lines(layers, table.at("layers"), problems)
    _complete(table, name)
    made = NetworkSpec(
        name=name,
        inputs=_inputs(table, inputs),
        layers=read,
        output=output_wires(table),
        makes=_makes(table, name),
        judges=_judges(table, name),
        init=_component(table, "init", "initializer"),
        parametrize=_component(table, "parametrize", "parametrization"),
        defaults=defaults_table(table),
        ema=table.take("ema"),
        augment=_augment(table),
        weights=_weights(table),
        weights_skip=plain_texts(table.texts("weights_skip")) or (),
        optimizer=table.use("optimizer", "optimizer"),
        schedule=table.use("schedule", "schedule"),
        trained_with=table.text("trained_with"),
        joint=table.flag("joint"),
        path=table.path,
        node=node,
        torn=torn(layers, read),
    )
    _training(table, made)
    table.close(_HINTS)
    return made


def _complete(table: Table, name: str) -> None:
    """A network reads something and has layers, be it none."""
    inputs = table.entries.get("inputs")
    if table.entries and "input" not in table.entries and (inputs is None or inputs.value in ([], False)):
        table.fault(inputs or table.node, "inputs", f"network '{name}' reads nothing: name a field, latent or network")
    if table.entries and "layers" not in table.entries:
        table.fault(table.node, "", f"network '{name}' has no layers")


def _inputs(table: Table, inputs: tuple[Node, ...]) -> tuple[Node, ...]:
    last: dict[str, str] = {}
    for i, node in enumerate(inputs):
        text: str = node.value
        short = text.rpartition(".")[2]
        if is_wire(node):
            table.fault(node, f"inputs[{i}]", f"inputs are names, not wires: write \"{text[1:]}\"")
        elif short in last:
            table.fault(node, f"inputs[{i}]", f"'{text}' and '{last[short]}' are both '@{short}' inside the network")
        elif any(name_fault(part) for part in text.split(".") if part not in ("real", "fake")) or text.count(".") > 2:
            table.fault(node, f"inputs[{i}]", f"expected a field, a latent, NETWORK or NETWORK.WIRE, found '{text}'")
        last.setdefault(short, text)
    return inputs


def _makes(table: Table, name: str) -> Makes:
    node = table.take("makes")
    if node is None:
        return {("fake", ""): None} if name == "generator" else {}
    if isinstance(node.value, str) and node.value:
        return dict.fromkeys(_made(table, "makes", node.value, node))
    if not isinstance(node.value, dict):
        if node.value is not False:
            hint = '; several are a table: makes = { x = "@a", y = "@b" }' if isinstance(node.value, list) else ""
            table.fault(node, "makes", f"expected the name of what the network makes, found {found(node)}{hint}")
        return {}
    makes: Makes = {}
    for key, wire in _flat(node.value, ""):
        if not is_wire(wire) or len(wire.value) < 2:
            table.fault(wire, f"makes.{key}", f'expected a wire of the network such as "@h", found {found(wire)}')
        for made in _made(table, f"makes.{key}", key, wire):
            makes[made] = wire
    return makes


def _flat(entries: dict[str, Node], path: str) -> list[tuple[str, Node]]:
    flat = []
    for key, node in entries.items():
        here = f"{path}.{key}" if path else key
        flat += _flat(node.value, here) if isinstance(node.value, dict) else [(here, node)]
    return flat


def _made(table: Table, where: str, text: str, node: Node) -> list[tuple[str, str]]:
    """(batch, name) of what is made: "x" is made in `fake`, "real.z" in any batch that lacks it."""
    batch, _, short = text.rpartition(".")
    batch = batch or "fake"
    fault = name_fault(short)
    if batch not in ("real", "fake"):
        fault = f"a network makes 'x' (in fake) or 'real.x', not '{text}'"
    if fault:
        table.fault(node, where, fault)
        return []
    return [(batch, short)]


def _judges(table: Table, name: str) -> str | None:
    node = table.take("judges")
    if node is None:
        return "" if name == "discriminator" else None
    if node.value is False:
        return None
    if isinstance(node.value, str) and node.value and not name_fault(node.value):
        return str(node.value)
    hint = "; it names one field, `inputs` may have more" if isinstance(node.value, list) else ""
    table.fault(node, "judges", f"expected the name of the field that is judged, found {found(node)}{hint}")
    return None


def _component(table: Table, key: str, kind: str) -> Node | None:
    table.use(key, kind)
    return table.given(key)


def _augment(table: Table) -> tuple[Use, ...]:
    node = table.given("augment")
    if node is None:
        return ()
    several = isinstance(node.value, list)
    uses = [
        checked_use("augmentation", item, table.at(f"augment[{i}]" if several else "augment"), table.problems)
        for i, item in enumerate(node.value if several else [node])
    ]
    return tuple(one for one in uses if one is not None)


def _weights(table: Table) -> Node | None:
    node = table.given("weights")
    if node is None or (isinstance(node.value, str) and node.value):
        return node
    table.fault(node, "weights", f"expected the path of a run or a .safetensors file, found {found(node)}")
    return None


def _training(table: Table, made: NetworkSpec) -> None:
    """What must hold between a network's own keys."""
    entries = table.entries
    if made.optimizer and made.trained_with:
        message = "a network has an optimizer of its own or is trained with another, not both"
        table.fault(entries["trained_with"], "trained_with", message, key_place=True)
    trained = made.optimizer or made.trained_with
    played = made.judges is not None or any(batch == "fake" for batch, _ in made.makes)
    keys = ("optimizer", "trained_with", "weights")
    meant = any(did_you_mean(key, keys) or (key in keys and table.given(key)) for key in entries)
    if played and not trained and not made.weights and not meant and "layers" in entries:
        table.fault(table.node, "", _untrained(made))
    if table.given("ema") and not trained and not played:
        table.fault(entries["ema"], "ema", f"'{made.name}' is never trained, so its average is itself", key_place=True)
    if made.joint and made.judges is None:
        table.fault(entries["joint"], "joint", "only a discriminator judges real and fake as one batch", key_place=True)
    if made.weights_skip and not made.weights:
        table.fault(entries["weights_skip"], "weights_skip", "nothing is loaded: `weights` is missing", key_place=True)
    if made.schedule and not made.optimizer:
        table.fault(entries["schedule"], "schedule", "there is no optimizer here to schedule", key_place=True)
    elif made.schedule and made.optimizer and _is_curve(made.optimizer.options.get("lr")):
        table.fault(entries["schedule"], "schedule", "the learning rate is on a curve already", key_place=True)


def _untrained(made: NetworkSpec) -> str:
    """What a network of the game lacks; one that only supplies a name to every batch is told how to say so."""
    names = [name for batch, name in made.makes if batch == "fake" and name]
    what, hint = "makes a field", f'; to supply it in any batch: makes = "real.{names[0]}"' if names else ""
    if made.judges is not None:
        what, hint = "judges", ""
    return f"'{made.name}' {what} and needs `optimizer`, `trained_with` or `weights`{hint}"


def _is_curve(node: Node | None) -> bool:
    value = None if node is None else node.value
    return isinstance(value, dict) or (isinstance(value, str) and value.isidentifier())
