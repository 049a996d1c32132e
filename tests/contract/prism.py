"""Call every operation through a client against Prism: `python tests/contract/prism.py PRISM`, as `nox -s spec` does.

Prism knows the spec, and nothing of this project. It refuses a request that the spec does not allow, and responds with
the samples of the spec (static), or with whatever the schemas allow, another response for each seed (dynamic).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from operation_calls import ADA, OPERATION_CALLS, Subject, missing

import omni
from omni._operations.contract import contract
from omni._operations.registry import OPERATIONS

# omni.yaml with the samples in it: Prism opens no other file.
SPEC = Path(__file__).parents[2] / "omni" / "sandbox" / "data" / "openapi.json"
SEEDS = range(8)


def main() -> int:
    """Print what does not fit; the exit status."""
    problems = [missing(name) for name in contract()["operations"] if name not in OPERATION_CALLS]
    if not problems:
        problems = [*static_problems(sys.argv[1]), *dynamic_problems(sys.argv[1])]
    summary = f"{len(OPERATION_CALLS)} operations, static and with {len(SEEDS)} seeds: {len(problems)} problems."
    sys.stdout.writelines(f"{line}\n" for line in (*problems, summary))
    return 1 if problems else 0


def static_problems(prism: str) -> Iterator[str]:
    """What does not fit where Prism responds with the samples: all calls, about whom the sample is about."""
    spec = json.loads(SPEC.read_text("utf-8"))
    with serving(prism, spec) as url, Caller(url, "static") as caller:
        for name, entry in OPERATION_CALLS.items():
            subject = subject_of(name, sample_of(spec, name))
            for call in (entry.call, *entry.others):
                yield from caller.problems(name, call, subject)


def dynamic_problems(prism: str) -> Iterator[str]:
    """What does not fit where Prism makes responses up."""
    with serving(prism, narrowed(json.loads(SPEC.read_text("utf-8")))) as url:
        for seed in SEEDS:
            with Caller(url, f"dynamic=true, seed={seed}") as caller:
                for name, entry in OPERATION_CALLS.items():
                    yield from caller.problems(name, entry.call, ADA)


def narrowed(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec without responses that fit it and that the client refuses, by rules that no schema can express.

    A response is about the lead or the document that was asked for, and it is a success: the created item is in it, and
    the upload has a document for each file.
    """
    schemas = spec["components"]["schemas"]
    fields = [(name, key, field) for name, each in schemas.items() for key, field in each.get("properties", {}).items()]
    for name, key, field in fields:
        if key == "leadId" or (name, key) == ("LeadRecord", "id"):
            field["const"] = ADA.lead_id
        elif (name, key) == ("Document", "id"):
            field["const"] = ADA.document_id
        elif key == "success":
            field["const"] = True
    created, uploaded = (schemas[name]["properties"] for name in ("ChecklistItemCreated", "DocumentsUploaded"))
    created["checklistItem"] = created["checklistItem"]["anyOf"][0]
    uploaded["documents"] |= {"type": "array", "minItems": 1}
    return spec


def sample_of(spec: dict[str, Any], name: str) -> Any:
    """The first sample of the response to an operation, which is the one that Prism responds with."""
    operations = {each["operationId"]: each for methods in spec["paths"].values() for each in methods.values()}
    examples = operations[name]["responses"]["200"]["content"]["application/json"].get("examples", {})
    return next((example["value"] for example in examples.values()), None)


def subject_of(name: str, sample: Any) -> Subject:
    """Whom to ask for, so that the sample is about them."""
    operation = OPERATIONS[name]
    ids = [id for id in operation.ids(operation.read(sample)) if isinstance(id, str)] if sample is not None else []
    return replace(ADA, lead_id=ids[0], document_id=ids[0]) if ids else ADA


class Caller:
    """A client that talks to Prism, and what it noticed during one call."""

    def __init__(self, url: str, preference: str) -> None:
        self.preference = preference
        self.noticed: list[str] = []
        self.client = omni.Client(
            api_key="key",
            base_url=url,
            attempts=1,
            headers={"Prefer": preference} if preference != "static" else None,
            observe=self._note_differences,
            transport=lambda transport: Recorder(transport, self.noticed),
        )

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *exception: object) -> None:
        self.client.close()

    def problems(self, name: str, call: Callable[[Any, Subject], Any], subject: Subject) -> Iterator[str]:
        """What did not fit in one call."""
        self.noticed.clear()
        try:
            call(self.client, subject)
        except omni.OmniError as error:
            if "there is no link to a file" not in str(error):  # no sample is published of figures as CSV
                self.noticed.append(f"{type(error).__name__}: {error}")
        yield from (f"{name} ({self.preference}): {each}" for each in self.noticed)

    def _note_differences(self, path: str, found: tuple[omni.Difference, ...]) -> None:
        # Every enum of the spec is open, so Prism makes values up; a sample has none that are unknown.
        allowed = "unknown value" if self.preference != "static" else ""
        self.noticed += [str(each) for each in found if each.kind != allowed]


class Recorder(httpx.BaseTransport):
    """Passes requests on, and records what Prism found wrong with them or with its own response."""

    def __init__(self, transport: httpx.BaseTransport, noticed: list[str]) -> None:
        self.transport = transport
        self.noticed = noticed

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.transport.handle_request(request)
        if violations := response.headers.get("sl-violations"):
            self.noticed.append(violations)
        return response


@contextmanager
def serving(prism: str, spec: dict[str, Any]) -> Iterator[str]:
    """Prism over a document, on a free port; yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        document, log = Path(folder, "openapi.json"), Path(folder, "log")
        document.write_text(json.dumps(spec), "utf-8")
        command = [prism, "mock", "--port=0", "--errors", "--json-schema-faker-fillProperties=false", str(document)]
        plain = os.environ | {"FORCE_COLOR": "0"}  # which nox sets otherwise, on a terminal
        with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, env=plain) as process:
            try:
                yield listening_at(process, log)
            finally:
                process.terminate()


def listening_at(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that Prism has printed; SystemExit if it does not start."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        words = log.read_text("utf-8").split()
        if "listening" in words:
            return words[words.index("listening") + 2]
        time.sleep(0.05)
    raise SystemExit(f"Prism does not start:\n{log.read_text('utf-8')}")


if __name__ == "__main__":
    sys.exit(main())
