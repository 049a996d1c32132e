"""The package runs from a zip file, without docstrings and asserts, and with warnings as errors."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import omni_client
import pytest

import omni

PROGRAM = """
import httpx
import omni, omni.sandbox

observed = []
transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"lead": {"id": "1", "surprise": 1}}))
with omni.Client(api_key="key", transport=transport, observe=lambda *a: observed.append(a), allow={"read"}) as client:
    print(client.leads.get("1").raw.lead.id, observed[0][1][0].path)
    try:
        client.leads.create(first_name="Ada")
    except omni.UsageError:
        print("refused")
with omni.sandbox.running() as server:
    direct = httpx.HTTPTransport(trust_env=False)
    with omni.Client(api_key=server.api_key, base_url=server.base_url, transport=direct) as client:
        print(client.leads.get(omni.sandbox.LEAD_ID).status)
print(omni.__version__, "app.zip" in omni.__file__)
"""


def run_program(*options: str, path: Path | None = None) -> list[str]:
    """Run a program that uses most of what reads files of the package; return the lines that it prints."""
    code = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path else ""
    # Without coverage, which would look for sources in the zip file after it is gone.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    process = subprocess.run(
        [sys.executable, *options, "-c", code + PROGRAM], env=environment, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip file with both packages, as zipapp and shiv make it."""
    path = tmp_path_factory.mktemp("zip") / "app.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for package in (omni, omni_client):
            folder = Path(package.__path__[0])
            for file in (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
                archive.write(file, file.relative_to(folder.parent))
    return path


def test_package_runs_from_a_zip_file(archive: Path) -> None:
    """Reads, ``observe``, refused writes and the sandbox work where there is no folder to read files from."""
    assert run_program(path=archive) == ["1 lead.surprise", "refused", "IN_PROGRESS", f"{omni.__version__} True"]


def test_package_runs_without_asserts_and_docstrings() -> None:
    """``python -OO``, with every warning an error, changes nothing."""
    assert run_program("-OO", "-W", "error")[:3] == ["1 lead.surprise", "refused", "IN_PROGRESS"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "sys.version_info = (3, 10, 13); import omni",
            "ImportError: omni needs Python 3.11 or newer, and this is 3.10.",
        ),
        (
            "sys.modules['starlette'] = None; import omni.sandbox",
            "ModuleNotFoundError: omni.sandbox needs more packages: pip install 'omniai-leads[sandbox]'.",
        ),
    ],
    ids=["an older Python", "no extra"],
)
def test_what_is_missing_is_named(code: str, message: str) -> None:
    """An import that cannot work says in one line what is needed."""
    process = subprocess.run([sys.executable, "-c", f"import sys; {code}"], capture_output=True, text=True)

    assert process.stderr.splitlines()[-1] == message
