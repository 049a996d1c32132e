"""What an application sees that has omni beside FastAPI: `nox -s beside` runs this with old releases and the newest."""

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
def blocking(client: Annotated[omni.Client, Depends(omni.Client)]) -> str:
    with client:
        return str(client.leads.get(sandbox.LEAD_ID).status)


@application.get("/awaited")
async def awaited(client: Annotated[omni.AsyncClient, Depends(omni.AsyncClient)]) -> str:
    async with client:
        return str((await client.leads.get(sandbox.LEAD_ID)).status)


def a_request_configures_no_client() -> None:
    """A client made by ``Depends`` works, and no parameter of a request reaches it: it could name another address."""
    with sandbox.running(application=application) as server, httpx.Client(base_url=server.base_url) as browser:
        for path in ("/blocking", "/awaited"):
            response = browser.get(path, params={"base_url": "http://127.0.0.1:1", "api_key": "x", "timeout": "0"})
            assert (response.status_code, response.json()) == (200, "IN_PROGRESS"), response.text
    assert [each["get"].get("parameters") for each in application.openapi()["paths"].values()] == [None, None]


def the_command_line_reads() -> None:
    """With the click and the rich that are there."""
    command = [sys.executable, "-m", "omni.cli", "lead", "show", "--sandbox", "--json", sandbox.LEAD_ID]
    done = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(done.stdout)["lead"]["id"] == sandbox.LEAD_ID


async def uploads_arrive() -> None:
    """With the parser of forms that is there."""
    async with omni.AsyncClient() as client:
        (stored,) = await client.documents.upload(sandbox.LEAD_ID, ("a.pdf", b"%PDF-"))
        assert stored.outcome == "stored"


def main() -> None:
    """Run all of it against one sandbox, whatever proxies the environment has."""
    with sandbox.running() as server:
        os.environ |= {"OMNI_BASE_URL": server.base_url, "OMNI_API_KEY": server.api_key, "NO_PROXY": "127.0.0.1"}
        a_request_configures_no_client()
        asyncio.run(uploads_arrive())
    the_command_line_reads()
    for name in ("fastapi", "starlette", "uvicorn", "click", "python-multipart"):
        sys.stdout.write(f"{name} {version(name)}\n")


if __name__ == "__main__":
    main()
