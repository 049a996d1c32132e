"""The public surface: every name is there, is documented, and is loaded only when it is used."""

import inspect
import json
import re
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import pytest

import omni

CONTRACT = [
    "Client",
    "AsyncClient",
    "Lead",
    "ChecklistGroup",
    "ChecklistItem",
    "OneOffItem",
    "Document",
    "DocumentValidation",
    "MatchedItem",
    "RuleVerdict",
    "Upload",
    "UploadedDocument",
    "UploadResult",
    "DownloadResult",
    "Analytics",
    "AnalyticsTotals",
    "ChannelFigures",
    "ChecklistFigure",
    "CompletionFigures",
    "LeadFigures",
    "ChecklistValue",
    "LeadChanges",
    "LeadFields",
    "OneOffFields",
    "Difference",
    "ActionLog",
    "Message",
    "Tool",
    "MatchingLead",
    "LeadStatus",
    "ChecklistItemStatus",
    "FieldType",
    "AssigneeType",
    "LeadSource",
    "ActionLogType",
    "ActionLogStatus",
    "MessageChannel",
    "MessageDirection",
    "OmniError",
    "UsageError",
    "APIConnectionError",
    "APITimeoutError",
    "OutcomeUnknownError",
    "APIStatusError",
    "BadRequestError",
    "AuthenticationError",
    "PermissionDeniedError",
    "NotFoundError",
    "ConflictError",
    "UnprocessableEntityError",
    "RateLimitError",
    "InternalServerError",
    "WriteStatusError",
    "WaitEndedError",
    "WriteServerError",
    "InvalidResponseError",
    "WriteResponseError",
]


def test_the_public_names() -> None:
    """Exactly these, and each can be had; an addition is made here too, on purpose."""
    assert sorted(CONTRACT) == list(omni.__all__)
    assert set(CONTRACT) <= set(dir(omni))
    assert all(getattr(omni, name).__name__ == name for name in CONTRACT)


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


def test_the_type_checkers_see_what_is_loaded() -> None:
    """The imports for type checkers and the table of homes name the same things."""
    source = Path(str(omni.__file__)).read_text()
    imported = re.findall(r"(\w+) as \1\b", source.partition("__version__")[0])

    assert sorted(CONTRACT) == sorted(imported)


def public_things() -> list[tuple[str, Any]]:
    """Every public class, and every public method and property of it."""
    found: list[tuple[str, Any]] = []
    for name in CONTRACT:
        thing = getattr(omni, name)
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
    assert first.rstrip("]")[-1] in ".:" or thing.__module__.startswith("omni_client")


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
