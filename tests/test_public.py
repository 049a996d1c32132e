"""The public surface: every name is there, is documented, and is loaded only when it is used."""

import ast
import inspect
import json
import subprocess
import sys
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any

import pytest

import omni

ROOT = ast.parse(Path(str(omni.__file__)).read_text())


def imported(statements: list[ast.stmt]) -> dict[str, str]:
    """Names and modules of the imports that only type checkers follow."""
    checked = next(each for each in statements if isinstance(each, ast.If))
    imports = [each for each in checked.body if isinstance(each, ast.ImportFrom)]
    return {alias.asname or alias.name: str(each.module) for each in imports for alias in each.names}


def literal(name: str) -> Any:
    """The value of a global of ``omni`` as it is written, without running anything."""
    found = [each.value for each in ROOT.body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == name]
    return ast.literal_eval(found[0])


def test_a_public_name_is_in_all_three_lists() -> None:
    """Type checkers, linters and the loading read three lists in ``omni/__init__.py``; each has the same names."""
    lists = {"imports": imported(ROOT.body), "__all__": dict.fromkeys(literal("__all__")), "_HOME": literal("_HOME")}
    names = {name for each in lists.values() for name in each}
    missing = [f"{name} is not in {place}" for place, each in lists.items() for name in names - each.keys()]

    assert sorted(missing) == []
    assert lists["imports"] == lists["_HOME"]
    assert list(lists["__all__"]) == omni.__all__


def test_a_public_name_is_loaded_from_its_home() -> None:
    """What is loaded lazily is the thing itself."""
    homes = literal("_HOME")

    assert [name for name in homes if getattr(omni, name) is not getattr(import_module(homes[name]), name)] == []
    assert set(omni.__all__) <= set(dir(omni))


def test_an_unknown_name_is_an_attribute_error() -> None:
    """Lazy loading looks like none."""
    with pytest.raises(AttributeError, match="'omni' has no attribute 'Klient'"):
        _ = omni.Klient


def python(code: str) -> Any:
    """What a fresh Python prints as JSON."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_importing_loads_next_to_nothing() -> None:
    """``import omni`` loads none of the dependencies."""
    loaded = python("import omni, sys, json; print(json.dumps(sorted(sys.modules)))")

    assert set() == {"httpx", "attrs", "anyio", "omni_client", "omni.errors"} & set(loaded)


def public_things() -> list[tuple[str, Any]]:
    """Every public class, and every public method and property of it."""
    found: list[tuple[str, Any]] = []
    for name in omni.__all__:
        thing = getattr(omni, name)
        if not isinstance(thing, type):
            continue  # a name for a type that is made of others
        found.append((name, thing))
        if thing.__module__.startswith("omni."):
            members = [(f"{name}.{key}", value) for key, value in vars(thing).items() if not key.startswith("_")]
            found += [(key, value) for key, value in members if callable(value) or hasattr(value, "__get__")]
    return found


@pytest.mark.parametrize(("name", "thing"), public_things(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_public_name_is_explained(name: str, thing: Any) -> None:
    """In a sentence that ends with a full stop or leads on to more."""
    first = (inspect.getdoc(thing) or "").partition("\n")[0]

    assert len(first) > 10
    assert first.rstrip("]")[-1] in ".:" or thing.__module__.startswith(("omni_client", "httpx"))


def test_the_version_is_one() -> None:
    """Of the package, of the distribution, and in the first line of the changelog that names one."""
    changelog = (Path(__file__).parents[1] / "CHANGELOG.md").read_text()
    newest = next(line for line in changelog.splitlines() if line.startswith("## ["))

    assert omni.__version__ == metadata.version("omniai-leads")
    assert newest.startswith(f"## [{omni.__version__}]")


@pytest.mark.parametrize("package", ["omni", "omni_client"])
def test_type_information_is_shipped(package: str) -> None:
    """PEP 561: both packages have a py.typed."""
    assert resources.files(package).joinpath("py.typed").is_file()


def test_the_blocking_and_the_async_client_have_the_same_names() -> None:
    """Less the a of aclose."""
    for blocking, awaited in ((omni.Client, omni.AsyncClient),):
        names = {name.replace("aclose", "close") for name in dir(awaited) if not name.startswith("_")}

        assert names == {name for name in dir(blocking) if not name.startswith("_")}
