"""Every installed component keeps the laws of its kind."""

import pytest

from ganframe.hookspecs import KINDS
from ganframe.registry import discover
from ganframe.testing import kit

REGISTRY = discover()
INSTALLED = [(kind, name) for kind in KINDS for name in REGISTRY.kind(kind)]


def test_no_installed_plugin_is_broken():
    assert REGISTRY.broken == []


def test_every_kind_has_laws():
    assert set(kit.LAWS) == set(KINDS)
    assert all(laws.LAWS for laws in kit.LAWS.values())


@pytest.mark.parametrize(("kind", "name"), INSTALLED, ids=[f"{kind}/{name}" for kind, name in INSTALLED])
def test_component(kind, name):
    kit.check_kind(kind, REGISTRY.get(kind, name))
