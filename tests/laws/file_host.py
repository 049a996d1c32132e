"""A host of one file that cuts its answers short, ignores ranges and changes the file, as the script says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx
from hypothesis import strategies as st


@dataclass(frozen=True)
class Answer:
    """How one request is answered."""

    version: int = 0
    cut: int | None = None
    """After so many bytes of the body the connection is lost."""
    chunk: int = 3
    has_ranges: bool = True
    tag: str = "strong"
    is_chunked: bool = False
    is_heedless: bool = False
    """Whether it sends the range of whatever version it has, and says so."""
    slip: int = 0
    """So many bytes before what was asked for, and says so."""
    is_quiet: bool = False
    """Whether a cut looks like an end."""
    status: int | None = None
    """Instead of the file."""


CONTENTS = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=3, unique=True)

ANSWERS = st.builds(
    Answer,
    version=st.sampled_from([0, 0, 0, 1, 2]),
    cut=st.none() | st.integers(0, 40),
    chunk=st.integers(1, 20),
    has_ranges=st.booleans(),
    tag=st.sampled_from(["strong", "strong", "weak", "date", "none"]),
    is_chunked=st.booleans(),
    is_heedless=st.booleans(),
    slip=st.sampled_from([0, 0, 0, 1]),
    is_quiet=st.booleans(),
    status=st.sampled_from([None] * 12 + [302, 403, 404, 416, 503]),
)

SCRIPTS = st.lists(ANSWERS, max_size=6)


class _Body(httpx.SyncByteStream):
    def __init__(self, content: bytes, answer: Answer) -> None:
        self._content = content
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        end = len(self._content) if self._answer.cut is None else self._answer.cut
        sent = self._content[:end]
        for start in range(0, len(sent), self._answer.chunk):
            yield sent[start : start + self._answer.chunk]
        if len(sent) < len(self._content) and (self._answer.is_chunked or not self._answer.is_quiet):
            raise httpx.ReadError("cut")


class FileHost:
    """Answers by the script, and then as it should be."""

    def __init__(self, contents: Sequence[bytes], script: Sequence[Answer]) -> None:
        self._contents = contents
        self._script = [*script]
        self.was_given_the_key = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "files.example.com":  # the API, asked for a fresh link
            return httpx.Response(200, json={"id": "doc", "signedUrl": "https://files.example.com/b"})
        self.was_given_the_key |= "x-api-key" in request.headers
        answer = self._script.pop(0) if self._script else Answer()
        if answer.status is not None:
            return httpx.Response(answer.status, content=b"no")
        return self._file(request, answer)

    def _file(self, request: httpx.Request, answer: Answer) -> httpx.Response:
        version = answer.version % len(self._contents)
        content = self._contents[version]
        headers = _tags(version)[answer.tag]
        start = _start(request, content, answer, [*headers.values()])
        if start:
            headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers |= (
            {"transfer-encoding": "chunked"} if answer.is_chunked else {"content-length": str(len(content) - start)}
        )
        return httpx.Response(206 if start else 200, headers=headers, stream=_Body(content[start:], answer))


def _tags(version: int) -> dict[str, dict[str, str]]:
    """What tells one version from another, in each way; two strong ones of one version are equal."""
    return {
        "strong": {"etag": f'"v{version}"'},
        "weak": {"etag": f'W/"v{version}"'},
        "date": {"last-modified": f"Fri, 30 Jan 2026 02:00:0{version} GMT"},
        "none": {},
    }


def _start(request: httpx.Request, content: bytes, answer: Answer, tags: list[str]) -> int:
    """Where the body begins: at the range that was asked for, if the version is still the one that was meant."""
    found = re.fullmatch("bytes=([0-9]+)-", request.headers.get("range", ""))
    if found is None or not answer.has_ranges or int(found[1]) >= len(content):
        return 0
    wanted = request.headers.get("if-range")
    is_meant = wanted is None or wanted in tags or (answer.is_heedless and answer.tag in {"strong", "date"})
    return max(0, int(found[1]) - answer.slip) if is_meant else 0
