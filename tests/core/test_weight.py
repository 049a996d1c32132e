"""What the client weighs, by what can be counted. What takes time is in docs/performance.md.

If one of these fails, look at what was added: an import that only some users need belongs into the function that needs
it, and work that can be done once does not belong into each call. If it is worth its weight, raise the limit here.
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

def answer(request):
    return httpx.Response(200, json={"lead": {"id": "1"}})

def ours(frame, event, argument):
    calls.append(event == "call" and frame.f_globals["__name__"].split(".")[0] in {"omni", "omni_client"})

before, calls = loaded(), []
import omni
imported = loaded()
with omni.Client(api_key="key", base_url="http://example.com", transport=httpx.MockTransport(answer)) as client:
    client.leads.get("1")
    called = loaded()
    sys.setprofile(ours)
    client.leads.get("1")
    sys.setprofile(None)
    tracemalloc.start()
    lead = client.leads.get("1")
    blocks = len(tracemalloc.take_snapshot().traces)
    tracemalloc.stop()
found = [imported - before, called - imported, loaded() - called]
print(json.dumps([*map(sorted, found), sum(calls), blocks]))
"""


@cache
def counted() -> tuple[list[str], list[str], list[str], int, int]:
    """The modules of the import, of the first call and of the second; its calls of ours, and the memory blocks kept."""
    imported, first, second, calls, blocks = json.loads(subprocess.check_output([sys.executable, "-c", COUNT]))
    return imported, first, second, calls, blocks


def test_importing_loads_one_module() -> None:
    """``import omni`` loads itself, and nothing that httpx does not load."""
    assert counted()[0] == ["omni"]


def test_a_first_call_loads_few_modules() -> None:
    """Of ours, and of the generated models, which are many: those alone that have a part in a lead."""
    ours, models = (
        [each for each in counted()[1] if each.startswith(name)] for name in ("omni.", "omni_client.models.")
    )

    assert len(ours) <= 33, ours
    assert len(models) <= 12, models


def test_a_first_call_loads_few_packages() -> None:
    """Beyond ``import httpx`` those of httpx's own first call, and what pyproject.toml says we need."""
    found = {name.split(".")[0] for name in counted()[1]} - sys.stdlib_module_names

    assert found <= {
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


def test_a_first_call_loads_nothing_that_only_some_need() -> None:
    """Neither the awaited twin, nor the command line, the sandbox or the contract."""
    some = ("omni._async", "omni.cli", "omni.sandbox", "omni._operations.drift", "asyncio", "rich", "starlette")

    assert [name for name in counted()[1] if name.startswith(some)] == []


def test_a_second_call_loads_nothing() -> None:
    """All that a call needs is there after the first."""
    assert counted()[2] == []


def test_a_call_runs_few_functions() -> None:
    """How many functions of ours and of the generated client a warm call runs; the rest is httpx's."""
    assert counted()[3] <= 60


def test_a_lead_keeps_little_memory() -> None:
    """In blocks, of a lead with nothing but an id, its answer's headers among them."""
    assert counted()[4] <= 90
