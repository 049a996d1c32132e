"""The public names: complete, documented, and loaded only when used."""

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

PACKAGES = [omni, omni.webhooks]


def exports_for_type_checkers(package: Any) -> dict[str, str]:
    """The name and module of every ``from module import name as name`` under ``TYPE_CHECKING``."""
    tree = ast.parse(Path(str(package.__file__)).read_text())
    block = next(each for each in tree.body if isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING")
    imports = [statement for statement in block.body if isinstance(statement, ast.ImportFrom)]
    return {
        alias.name: str(statement.module)
        for statement in imports
        for alias in statement.names
        if alias.asname == alias.name
    }


def exports_at_run_time(package: Any) -> dict[str, str]:
    """The name and module of everything in ``_EXPORTS``."""
    return {name: module for module, names in vars(package)["_EXPORTS"].items() for name in names}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_type_checkers_and_python_see_the_same_names(package: Any) -> None:
    """``_EXPORTS`` and the imports under ``TYPE_CHECKING`` agree on every name and its module."""
    difference = exports_for_type_checkers(package).items() ^ exports_at_run_time(package).items()

    assert sorted(difference) == [], "_EXPORTS and the imports for type checkers differ in these"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_public_names_load_from_their_modules(package: Any) -> None:
    """A name loaded lazily is the same object as in its module, and ``dir`` and ``import *`` know it."""
    exports = exports_at_run_time(package)
    star: dict[str, object] = {}
    exec(f"from {package.__name__} import *", star)

    for name, module in exports.items():
        assert getattr(package, name) is star[name] is getattr(import_module(module), name)
    assert package.__all__ == sorted(exports)
    assert set(package.__all__) <= set(dir(package))


def test_webhooks_load_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """``omni.webhooks`` needs no import of its own, whatever was imported before."""
    module = import_module("omni.webhooks")
    monkeypatch.delattr(omni, "webhooks")

    assert omni.webhooks is module


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_unknown_name_raises_attribute_error(package: Any) -> None:
    """A name that does not exist fails as in any module."""
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'Klient'"):
        _ = package.Klient


def run_python(code: str) -> Any:
    """Run code in a new Python process and return what it prints as JSON."""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(process.stdout)


def test_import_loads_no_dependencies() -> None:
    """``import omni`` loads none of the dependencies."""
    loaded = run_python("import omni, sys, json; print(json.dumps(sorted(sys.modules)))")

    assert {"httpx", "attrs", "anyio", "omni_client", "omni.errors"} & set(loaded) == set()


def public_objects() -> list[tuple[str, Any]]:
    """Every public class, and every public method and property of our own classes, by name."""
    objects: list[tuple[str, Any]] = []
    for name, value in [(name, getattr(package, name)) for package in PACKAGES for name in package.__all__]:
        if not isinstance(value, type):
            continue  # a type alias
        objects.append((name, value))
        if value.__module__.startswith("omni."):
            members = [(f"{name}.{key}", member) for key, member in vars(value).items() if not key.startswith("_")]
            # Fields of named tuples have their docstrings in the source only.
            fields = {f"{name}.{key}" for key in getattr(value, "_fields", ())}
            objects += [
                (key, member)
                for key, member in members
                if key not in fields and (callable(member) or hasattr(member, "__get__"))
            ]
    return objects


@pytest.mark.parametrize(("name", "value"), public_objects(), ids=lambda value: value if isinstance(value, str) else "")
def test_public_names_have_docstrings(name: str, value: Any) -> None:
    """The first line ends with a period, or with a colon and the rest below it."""
    first = (inspect.getdoc(value) or "").partition("\n")[0]

    assert len(first) > 10
    assert first.rstrip("]")[-1] in ".:" or value.__module__.startswith(("omni_client", "httpx"))


def test_version_matches_distribution_and_changelog() -> None:
    """``omni.__version__``, the installed distribution and the newest changelog entry name one version."""
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
    newest = next(line for line in changelog.splitlines() if line.startswith("## ["))

    assert omni.__version__ == metadata.version("omniai-leads")
    assert newest.startswith(f"## [{omni.__version__}]")


@pytest.mark.parametrize("package", ["omni", "omni_client"])
def test_packages_ship_type_information(package: str) -> None:
    """Both packages contain a ``py.typed`` (PEP 561)."""
    assert resources.files(package).joinpath("py.typed").is_file()


def test_clients_have_the_same_names() -> None:
    """``Client`` and ``AsyncClient`` differ only in ``close`` and ``aclose``."""
    blocking = {name for name in dir(omni.Client) if not name.startswith("_")}
    awaited = {name.replace("aclose", "close") for name in dir(omni.AsyncClient) if not name.startswith("_")}

    assert blocking == awaited
