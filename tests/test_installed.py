"""Where and how the package is run: from a zip, without docstrings and asserts, with warnings as errors."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import omni_client
import pytest

import omni

USE = """
import httpx
import omni, omni.sandbox

found = []
answer = httpx.MockTransport(lambda request: httpx.Response(200, json={"lead": {"id": "1", "surprise": 1}}))
with omni.Client(api_key="key", transport=answer, observe=lambda *seen: found.append(seen), allow={"read"}) as client:
    print(client.leads.get("1").raw.lead.id, found[0][1][0].path)
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


def printed(*options: str, path: Path | None = None) -> list[str]:
    """The lines that a program prints which uses most of what reads files of the package."""
    code = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path else ""
    # Unmeasured: coverage would look for the sources of what came from the zip when it is gone.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, *options, "-c", code + USE], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and the generated one in a zip, as zipapp and shiv make them."""
    path = tmp_path_factory.mktemp("zip") / "app.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for package in (omni, omni_client):
            folder = Path(package.__path__[0])
            for file in (each for each in folder.rglob("*") if each.is_file() and "__pycache__" not in each.parts):
                archive.write(file, file.relative_to(folder.parent))
    return path


def test_the_package_runs_from_a_zip(archive: Path) -> None:
    """Reading, observing, refusing and the sandbox work where there is no folder to read files from."""
    assert printed(path=archive) == ["1 lead.surprise", "refused", "IN_PROGRESS", f"{omni.__version__} True"]


def test_the_package_runs_without_asserts_and_docstrings() -> None:
    """``python -OO``, with every warning an error, changes nothing."""
    assert printed("-OO", "-W", "error")[:3] == ["1 lead.surprise", "refused", "IN_PROGRESS"]
