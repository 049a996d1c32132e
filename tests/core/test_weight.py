"""The weight of the client in what can be counted. Times are in docs/performance.md.

If one of these fails, look at what was added: an import that only some users need belongs in the function that needs
it, and work that can be done once does not belong in each call. If it is worth its weight, raise the limit here.
"""

import json
import subprocess
import sys
from functools import cache

COUNT = """
import json, sys, tracemalloc
sys.modules["click"] = sys.modules["trio"] = None  # httpx and httpcore load them where they are installed
import httpx

def loaded():
    return {name for name, module in sys.modules.items() if module}

def respond(request):
    return httpx.Response(200, json={"lead": {"id": "1"}})

def count_call(frame, event, argument):
    calls.append(event == "call" and frame.f_globals["__name__"].split(".")[0] in {"omni", "omni_client"})

before, calls = loaded(), []
import omni
imported = loaded()
with omni.Client(api_key="key", base_url="http://example.com", transport=httpx.MockTransport(respond)) as client:
    client.leads.get("1")
    called = loaded()
    sys.setprofile(count_call)
    client.leads.get("1")
    sys.setprofile(None)
    tracemalloc.start()
    lead = client.leads.get("1")
    blocks = len(tracemalloc.take_snapshot().traces)
    tracemalloc.stop()
modules = [imported - before, called - imported, loaded() - called]
print(json.dumps([*map(sorted, modules), sum(calls), blocks]))
"""


@cache
def counted() -> tuple[list[str], list[str], list[str], int, int]:
    """Modules that the import, the first and the second call load; calls of our functions, and memory blocks."""
    imported, first, second, calls, blocks = json.loads(subprocess.check_output([sys.executable, "-c", COUNT]))
    return imported, first, second, calls, blocks


def test_import_loads_one_module() -> None:
    """``import omni`` loads itself, and nothing that httpx does not load."""
    assert counted()[0] == ["omni"]


def test_first_call_loads_few_modules() -> None:
    """Of ours, and of the many generated models only those that occur in a lead."""
    ours, models = (
        [module for module in counted()[1] if module.startswith(name)] for name in ("omni.", "omni_client.models.")
    )

    assert len(ours) <= 46, ours
    assert len(models) <= 12, models


def test_first_call_loads_only_declared_packages() -> None:
    """Besides those of httpx's own first call, only what pyproject.toml says we need."""
    packages = {name.split(".")[0] for name in counted()[1]} - sys.stdlib_module_names

    assert packages <= {
        "omni",
        "omni_client",
        "anyio",
        "attr",
        "attrs",
        "certifi",
        "h11",
        "httpcore",
        "sniffio",
    }


def test_first_call_loads_nothing_that_only_some_need() -> None:
    """Neither the async client, nor the command line, the sandbox or the contract."""
    some = ("omni._async", "omni.cli", "omni.sandbox", "omni._operations.drift", "asyncio", "rich", "starlette")

    assert [name for name in counted()[1] if name.startswith(some)] == []


def test_second_call_loads_nothing() -> None:
    """All modules that a call needs are there after the first."""
    assert counted()[2] == []


def test_call_runs_few_functions() -> None:
    """Counts functions of ours and of the generated client in a warm call; the rest is httpx's."""
    assert counted()[3] <= 65


def test_lead_keeps_little_memory() -> None:
    """In memory blocks, for a lead with only an id, including the headers of its response."""
    assert counted()[4] <= 90
