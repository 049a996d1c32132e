"""Use omni in a FastAPI application: `nox -s beside` runs this with old releases of its dependencies and the newest."""

import asyncio
import json
import os
import subprocess
import sys
from importlib.metadata import version
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI

import omni
from omni import sandbox

application = FastAPI()


@application.get("/blocking")
def get_blocking(client: Annotated[omni.Client, Depends(omni.Client)]) -> str:
    with client:
        return str(client.leads.get(sandbox.LEAD_ID).status)


@application.get("/async")
async def get_async(client: Annotated[omni.AsyncClient, Depends(omni.AsyncClient)]) -> str:
    async with client:
        return str((await client.leads.get(sandbox.LEAD_ID)).status)


def check_dependency_injection() -> None:
    """A client made by ``Depends`` works, and no parameter of a request reaches it, which could set another URL."""
    with sandbox.running(application=application) as server, httpx.Client(base_url=server.base_url) as browser:
        for path in ("/blocking", "/async"):
            response = browser.get(path, params={"base_url": "http://127.0.0.1:1", "api_key": "x", "timeout": "0"})
            assert (response.status_code, response.json()) == (200, "IN_PROGRESS"), response.text
    assert [path["get"].get("parameters") for path in application.openapi()["paths"].values()] == [None, None]


def check_command_line() -> None:
    """The command line prints a lead with the installed click and rich."""
    command = [sys.executable, "-m", "omni.cli", "lead", "show", "--sandbox", "--json", sandbox.LEAD_ID]
    process = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(process.stdout)["lead"]["id"] == sandbox.LEAD_ID


async def check_upload() -> None:
    """An upload arrives with the installed parser of forms."""
    async with omni.AsyncClient() as client:
        (result,) = await client.documents.upload(sandbox.LEAD_ID, ("a.pdf", b"%PDF-"))
        assert result.outcome == "stored"


def main() -> None:
    """Run all checks against one sandbox, whatever proxies the environment has."""
    with sandbox.running() as server:
        os.environ |= {"OMNI_BASE_URL": server.base_url, "OMNI_API_KEY": server.api_key, "NO_PROXY": "127.0.0.1"}
        check_dependency_injection()
        asyncio.run(check_upload())
    check_command_line()
    for name in ("fastapi", "starlette", "uvicorn", "click", "python-multipart"):
        sys.stdout.write(f"{name} {version(name)}\n")


if __name__ == "__main__":
    main()
