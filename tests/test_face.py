"""What `import ganframe` offers stays what it is, whatever has been imported."""

from pathlib import Path

import ganframe

ENGINE = Path(ganframe.__file__).parent


def test_no_module_has_the_name_of_something_lazy():
    # Python puts a submodule into its package under its name, over what __getattr__ gives.
    modules = {path.stem for path in ENGINE.iterdir()}
    assert set(ganframe._LAZY) & modules == set()


def test_everything_is_there():
    assert {name: hasattr(ganframe, name) for name in ganframe.__all__} == dict.fromkeys(ganframe.__all__, True)
