"""A host of one file that cuts its responses, ignores ranges and changes the file, as its script says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx
from hypothesis import strategies as st


@dataclass(frozen=True)
class Response:
    """The response to one request."""

    version: int = 0
    cut: int | None = None
    """The connection is lost after so many bytes of the body."""
    chunk: int = 3
    has_ranges: bool = True
    tag: str = "strong"
    is_chunked: bool = False
    ignores_if_range: bool = False
    """Whether it sends the range of any version, with its right headers."""
    slip: int = 0
    """It begins so many bytes before the requested range, with the right headers."""
    cut_looks_clean: bool = False
    """Whether a cut looks like the end of the body."""
    status: int | None = None
    """A status to respond with instead of the file."""


CONTENTS = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=3, unique=True)

RESPONSES = st.builds(
    Response,
    version=st.sampled_from([0, 0, 0, 1, 2]),
    cut=st.none() | st.integers(0, 40),
    chunk=st.integers(1, 20),
    has_ranges=st.booleans(),
    tag=st.sampled_from(["strong", "strong", "weak", "date", "none"]),
    is_chunked=st.booleans(),
    ignores_if_range=st.booleans(),
    slip=st.sampled_from([0, 0, 0, 1]),
    cut_looks_clean=st.booleans(),
    status=st.sampled_from([None] * 12 + [302, 403, 404, 416, 503]),
)

SCRIPTS = st.lists(RESPONSES, max_size=6)


class _Body(httpx.SyncByteStream):
    def __init__(self, content: bytes, response: Response) -> None:
        self._content = content
        self._answer = response

    def __iter__(self) -> Iterator[bytes]:
        end = len(self._content) if self._answer.cut is None else self._answer.cut
        sent = self._content[:end]
        for start in range(0, len(sent), self._answer.chunk):
            yield sent[start : start + self._answer.chunk]
        if len(sent) < len(self._content) and (self._answer.is_chunked or not self._answer.cut_looks_clean):
            raise httpx.ReadError("cut")


class FileHost:
    """Responds by its script, and correctly when that is over."""

    def __init__(self, contents: Sequence[bytes], script: Sequence[Response]) -> None:
        self._contents = contents
        self._script = [*script]
        self.received_key = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "files.example.com":  # the API, which is asked for a new link
            return httpx.Response(200, json={"id": "doc", "signedUrl": "https://files.example.com/b"})
        self.received_key |= "x-api-key" in request.headers
        response = self._script.pop(0) if self._script else Response()
        if response.status is not None:
            return httpx.Response(response.status, content=b"no")
        return self._file(request, response)

    def _file(self, request: httpx.Request, response: Response) -> httpx.Response:
        version = response.version % len(self._contents)
        content = self._contents[version]
        headers = _tags(version)[response.tag]
        start = _start(request, content, response, [*headers.values()])
        if start:
            headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers |= (
            {"transfer-encoding": "chunked"} if response.is_chunked else {"content-length": str(len(content) - start)}
        )
        return httpx.Response(206 if start else 200, headers=headers, stream=_Body(content[start:], response))


def _tags(version: int) -> dict[str, dict[str, str]]:
    """The headers that tell versions apart, of each type."""
    return {
        "strong": {"etag": f'"v{version}"'},
        "weak": {"etag": f'W/"v{version}"'},
        "date": {"last-modified": f"Fri, 30 Jan 2026 02:00:0{version} GMT"},
        "none": {},
    }


def _start(request: httpx.Request, content: bytes, response: Response, tags: list[str]) -> int:
    """Where the body begins: at the requested range, if the version is still the one of ``If-Range``."""
    match = re.fullmatch("bytes=([0-9]+)-", request.headers.get("range", ""))
    if match is None or not response.has_ranges or int(match[1]) >= len(content):
        return 0
    wanted = request.headers.get("if-range")
    is_meant = wanted is None or wanted in tags or (response.ignores_if_range and response.tag in {"strong", "date"})
    return max(0, int(match[1]) - response.slip) if is_meant else 0
