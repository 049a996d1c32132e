"""Copies the project to a folder, with httpx2 in the place of httpx; as a plugin of pytest, expects what fails there.

httpx2 continues httpx under another name, and httpcore2 continues httpcore; docs/why.md says when this project moves.
`nox -s httpx2` uses both halves of this file. A listed test must fail, or it has to leave the list.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

# Whole words, also in strings, since these name modules to patch and loggers; but not distributions that end so.
RULES = [
    (re.compile(r'"httpx>=[^"]*"'), '"httpx2>=2.16,<3"'),
    (re.compile(r"(?:(?<=\\b)|(?<!instrumentation\.)(?<!-)\b)(httpx|httpcore)\b"), r"\g<1>2"),
    (re.compile(r"\b(HTTPX|Httpx)(?=ClientInstrumentor\b|Integration\b)"), r"\g<1>2"),
]
SUFFIXES = {".py", ".md", ".ipynb", ".toml"}

EXPECTED = {
    "tests/core/test_weight.py::test_first_call_loads_only_declared_packages": "truststore takes the place of certifi",
    "tests/clients/transport/test_environment.py::test_unreadable_certificates_of_certifi": "the same",
    "tests/clients/transport/test_environment.py::test_invalid_no_proxy": "it ignores invalid entries of NO_PROXY",
    "tests/cli/setup/test_doctor.py::test_unusable_variable[NO_PROXY": "the same",
    "tests/cli/setup/test_doctor.py::test_unusable_variable[no_proxy": "the same",
    "tests/faults/test_frames.py::test_every_public_callable": "its clients have more methods: query, sse, websocket",
    "tests/package/test_signatures.py::test_every_annotation": "those of websocket() are for type checkers only",
}
"""Beginnings of the ids of tests that fail over httpx2, and why."""


def copy(folder: Path) -> None:
    """Copy what Git tracks, and replace the names of the packages."""
    for name in subprocess.check_output(["git", "ls-files", "-z"], text=True).split("\0")[:-1]:
        target, content = folder / name, Path(name).read_bytes()
        if target.suffix in SUFFIXES and name != "tests/interop/port_to_httpx2.py":
            text = content.decode()
            for pattern, replacement in RULES:
                text = pattern.sub(replacement, text)
            content = text.encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@pytest.hookimpl(tryfirst=True)  # before -k and -m take items away
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the listed tests fail, and only these; UsageError for one that is no more."""
    paths = {item.nodeid.partition("::")[0] for item in items}
    for beginning, reason in EXPECTED.items():
        found = [item for item in items if item.nodeid.startswith(beginning)]
        path = beginning.partition("::")[0]
        if not found and (path in paths or not Path(path).exists()):
            raise pytest.UsageError(
                f"{beginning} is no more: remove it from EXPECTED in tests/interop/port_to_httpx2.py"
            )
        for item in found:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


if __name__ == "__main__":
    copy(Path(sys.argv[1]))
