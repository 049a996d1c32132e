"""The fixtures and the marker of the pytest plugin, as an application's tests use them, in pytest runs of their own."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Runner = Callable[..., pytest.RunResult]

PAGE = Path(__file__).parents[2] / "docs" / "test-your-code.md"
OPTIONS = ("-p", "omni.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", "--strict-markers")

FIXTURES = """
import os

import omni
import pytest
from omni.sandbox import API_KEY, LEAD_ID

TOKEN = "a-token-for-tests-only"


def read_lead():
    with omni.Client() as client:
        return client.leads.get(LEAD_ID)


def test_client(omni_client):
    assert omni_client.leads.get(LEAD_ID).id == LEAD_ID


def test_code_under_test_reaches_the_sandbox(omni_sandbox, monkeypatch):
    monkeypatch.undo()
    assert (os.environ["OMNI_BASE_URL"], os.environ["OMNI_API_KEY"]) == (omni_sandbox.base_url, API_KEY)
    assert read_lead().id == LEAD_ID
    assert omni_sandbox.workspace.requests == [("GET", f"/api/v1/leads/{LEAD_ID}")]


def test_environment_is_restored():
    assert os.environ["OMNI_BASE_URL"] == "https://live.example"
    assert os.environ["no_proxy"] == "10.0.0.1"


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.omni_fault("503; retry-after=0")
async def test_async_client(omni_async_client, anyio_backend, tmp_path):
    assert (await omni_async_client.leads.get(LEAD_ID)).id == LEAD_ID
    results = await omni_async_client.documents.download_all("11111111-1111-4111-8111-111111111101", to=tmp_path)
    assert [result.error for result in results] == [None] * 3


class TestFaults:
    pytestmark = pytest.mark.omni_fault("429; retry-after=0", times=2)

    @pytest.mark.omni_fault(404)
    @pytest.mark.omni_fault("503; retry-after=60")
    def test_faults_come_in_the_order_of_the_source(self, omni_client, omni_sandbox):
        with pytest.raises(omni.NotFoundError) as refused:
            omni_client.leads.get(LEAD_ID)
        with pytest.raises(omni.APIStatusError) as failed:
            omni_client.leads.get(LEAD_ID)
        assert (refused.value.attempts, failed.value.retry_after) == (3, 60)
        assert omni_sandbox.workspace.faults == []


@pytest.fixture
def receiver():
    from omni import webhooks

    receiver = webhooks.Receiver(webhooks.Verifier(path_token=TOKEN), forward=lambda event: None)
    receiver.fallback(lambda event: None)
    return receiver


def test_webhooks(omni_client, omni_sandbox, omni_webhooks, receiver):
    omni_sandbox.webhooks.fail_next("out-of-order; event=document.received")
    omni_client.documents.upload(LEAD_ID, ("a.pdf", b"%PDF"))
    events = omni_webhooks.events()
    assert [event.name for event in events][-2:] == ["document.extracted", "document.received"]
    assert all(receiver.receive(*request).status == 200 for request in omni_webhooks.requests(path_token=TOKEN))
    assert {receiver.receive(*request).status for request in omni_webhooks.requests()} == {404}
    assert repr(omni_webhooks) == "SentWebhooks()"


def test_no_webhooks(omni_webhooks):
    assert omni_webhooks.events() == omni_webhooks.requests() == []
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A function that runs a test file, on a machine whose environment leads elsewhere."""
    for name, value in {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OMNI_API_KEY": "live-key",
        "OMNI_BASE_URL": "https://live.example",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "no_proxy": "10.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)

    def run_tests(code: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(code)
        return pytester.runpytest_subprocess(*OPTIONS, *options)

    return run_tests


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "xdist"])
def test_fixtures(run: Runner, options: tuple[str, ...]) -> None:
    """They lead to the sandbox and to nowhere else, for blocking code, asyncio and trio, in one process or two."""
    run(FIXTURES, "-p", "anyio.pytest_plugin", *options).assert_outcomes(passed=8)


def test_state_is_fresh_in_each_test(run: Runner) -> None:
    """Nothing of a test that failed is left for the next one: neither data, nor plans, nor settings."""
    result = run(
        """
        import pytest
        from omni.sandbox import LEAD_ID

        @pytest.mark.omni_fault("503; retry-after=0", times=9)
        def test_failing(omni_client, omni_sandbox, omni_webhooks):
            workspace = omni_sandbox.workspace
            workspace.page_size = workspace.webhooks.time_scale = 7
            workspace.leads.clear()
            workspace.webhooks.add("http://127.0.0.1:9/", keep=True)
            workspace.webhooks.fail_next("lost")
            omni_client.leads.get(LEAD_ID)

        def test_next(omni_client, omni_sandbox):
            workspace = omni_sandbox.workspace
            assert (workspace.page_size, workspace.webhooks.time_scale) == (500, 0.001)
            assert workspace.faults == workspace.webhooks.faults == workspace.webhooks.endpoints == []
            assert omni_client.leads.get(LEAD_ID).id == LEAD_ID
        """
    )

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*503*"])


def test_wrong_markers_fail_at_setup(run: Runner) -> None:
    """The test does not run, and the error says what to write instead."""
    result = run(
        """
        import pytest

        @pytest.mark.omni_fault("teapot")
        def test_unknown(omni_sandbox): ...

        @pytest.mark.omni_fault("503", time=2)
        def test_option(omni_sandbox): ...

        @pytest.mark.omni_fault("503")
        def test_without_sandbox(): ...
        """
    )

    result.assert_outcomes(errors=3)
    prefix = "@pytest.mark.omni_fault: "
    lines = [line.removeprefix(prefix) for line in result.outlines if line.startswith(prefix)]
    assert [line.partition(":")[0] for line in lines] == [
        "'teapot' is not a fault of the sandbox; these are",
        "it takes a fault and times, such as omni_fault('503; retry-after=0', times=2)",
        "there is no sandbox in this test",
    ]


def test_missing_extra_is_named(run: Runner, pytester: pytest.Pytester) -> None:
    """Without the packages of the sandbox, only a test that uses it fails, and says how to install them."""
    pytester.makeconftest("import sys; sys.modules['uvicorn'] = None")
    result = run("def test_it(omni_client): ...\ndef test_other(): ...")

    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["The sandbox needs more packages: pip install 'omniai-leads[[]sandbox]'."])


def test_nothing_is_loaded_until_it_is_used(run: Runner) -> None:
    """A run without the fixtures loads the plugin alone: no other module of ours, no server and no client."""
    result = run(
        """
        import sys

        def test_it():
            packages = ("omni", "omni_client", "httpx", "starlette", "uvicorn", "anyio", "attrs")
            assert {n for n in sys.modules if n.split(".")[0] in packages} == {"omni", "omni.pytest_plugin"}
        """
    )

    result.assert_outcomes(passed=1)


def test_fixtures_are_listed_with_docstrings(run: Runner) -> None:
    """`pytest --fixtures` explains each, and does not show what is private."""
    listed = run("", "--fixtures").stdout.str()
    fixtures = re.findall(r"^(\w*omni_\w+) -- .*\n    (.+)", listed, re.MULTILINE)

    assert {name for name, _ in fixtures} == {"omni_sandbox", "omni_client", "omni_async_client", "omni_webhooks"}
    assert not [text for _, text in fixtures if "no docstring" in text]


def test_examples_of_the_page_pass(run: Runner) -> None:
    """The Python of docs/test-your-code.md is a test file whose tests pass."""
    code = "".join(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))
    outcomes = run(code, "-p", "anyio.pytest_plugin").parseoutcomes()

    assert outcomes == {"passed": code.count("def test_") + 1}, "one of them runs on asyncio and on trio"
