"""Events: bound methods of the hooks, in their order."""

import attrs

from ganframe.events import EVENTS, Events, bind
from ganframe.hookspecs import METHODS


class Talks:
    """Says what it hears."""

    def __init__(self, name, heard):
        self.name, self.heard = name, heard

    def on_start(self, run):
        self.heard.append((self.name, "start", run))

    def on_step(self, run, step):
        self.heard.append((self.name, "step", step))

    def should_stop(self, run):
        return self.name == "b"


class Stops:
    """Listens to the end alone."""

    def on_stop(self, run, reason):
        raise AssertionError("not asked here")


def test_listeners_are_bound_in_order():
    heard = []
    events = bind([("one", Talks("a", heard), 1), ("two", Stops(), 7), ("three", Talks("b", heard), 500)])
    for listener in events.on_start:
        listener("run")
    for _, listener, every in events.on_step:
        listener("run", every)
    assert [name for name, _, _ in events.on_step] == ["one", "three"]
    assert heard == [("a", "start", "run"), ("b", "start", "run"), ("a", "step", 1), ("b", "step", 500)]
    assert [(listener("run"), every) for _, listener, every in events.should_stop] == [(False, 1), (True, 500)]
    assert len(events.on_stop) == 1


def test_what_nobody_listens_to_is_empty():
    events = bind([("it", Stops(), 1)])
    assert (events.on_start, events.on_step, events.on_evaluate, events.on_checkpoint, events.should_stop) == ((),) * 5


def test_an_iterator_of_hooks_serves_every_event():
    events = bind(iter([("one", Talks("a", []), 1), ("two", Stops(), 1)]))
    assert len(events.on_start) == len(events.on_stop) == 1


def test_events_hookspecs_and_fields_agree():
    assert set(EVENTS) == set(METHODS["hook"]) == {field.name for field in attrs.fields(Events)}
