"""Interrupted downloads: they resume only with the same version of a file, and else start again."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from file_store import FILE, Step, filenames_in, respond_with, response_head, send_file

import omni

pytestmark = [
    pytest.mark.usefixtures("way"),
    pytest.mark.anyio,
    # httpx leaves generators of bodies that are not read to their end to the garbage collector; trio warns.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]

Make = Callable[..., Any]
API = "http://api.example.com"
TOO_MANY_DIGITS = "9" * 4301
"""More than Python makes a number of."""


@pytest.mark.parametrize("cut", [0, 1, 65_536, 1 << 20, (1 << 20) + 1, 2_999_999])
async def test_interrupted_download_resumes(make: Make, store: Any, tmp_path: Path, cut: int) -> None:
    """After a lost connection only the rest is requested, of the same version of the file."""
    host = store(send_file(cut), send_file())

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, f"bytes={cut}-" if cut else None]
    assert ('if-range: "v1"' in host.request_texts[1]) is (cut > 0)


async def test_attempts_start_again_after_progress(make: Make, store: Any, tmp_path: Path) -> None:
    """While each attempt brings new bytes, there is no limit to their number."""
    host = store(*[send_file(200_000)] * 14, send_file())

    async with make(base_url=API, attempts=2) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(host.requests) == 15


async def test_attempts_without_progress_are_limited(make: Make, store: Any, tmp_path: Path) -> None:
    """A body that never comes fails after the client's attempts, and no file is left."""
    host = store(send_file(0))

    async with make(base_url=API) as client:
        with pytest.raises(omni.APIConnectionError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 3
    assert filenames_in(tmp_path) == set()
    assert (caught.value.method, caught.value.path) == ("GET", "/…")


async def test_single_attempt_is_not_repeated(make: Make, store: Any, tmp_path: Path) -> None:
    """With ``attempts=1``, an interrupted download fails."""
    host = store(send_file(1000), send_file())

    async with make(base_url=API, attempts=1) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 1


async def test_download_starts_again_without_range_support(make: Make, store: Any, tmp_path: Path) -> None:
    """Without support for ranges the file is started again, and progress goes back."""
    host = store(send_file(2_000_000, ranges=False), send_file(ranges=False))
    seen: list[int] = []

    async with make(base_url=API) as client:
        path = await client.documents.download(
            host.document(), to=tmp_path, progress=lambda have, total: seen.append(have)
        )

    assert path.read_bytes() == FILE
    assert seen != sorted(seen)


async def test_download_fails_if_it_is_always_cut_without_range_support(make: Make, store: Any, tmp_path: Path) -> None:
    """The same half again and again is no progress, so the download fails."""
    host = store(send_file(2_000_000, ranges=False))

    async with make(base_url=API) as client:
        with pytest.raises(omni.APIConnectionError):
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 3
    assert filenames_in(tmp_path) == set()


async def test_download_starts_again_without_a_validator(make: Make, store: Any, tmp_path: Path) -> None:
    """A file whose version cannot be told is started again."""
    host = store(send_file(2_000_000, etag=None), send_file(etag=None))

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, None]


@pytest.mark.parametrize(
    "step", [send_file(etag='"v2"'), send_file(etag='"v1"', **{"content_range": "bytes 5-2999999/3000000"})]
)
async def test_parts_of_different_versions_are_not_combined(make: Make, store: Any, tmp_path: Path, step: Step) -> None:
    """A new version, and a part that was not requested, are never appended to the old beginning."""
    other = bytes(reversed(FILE))
    host = store(send_file(2_000_000), step, send_file(etag='"v2"'), files={"/f": FILE})
    first = host.steps[0]

    def change(connection: socket.socket, request: str, file: bytes) -> None:
        first(connection, request, file)
        host.files["/f"] = other

    host.steps = (change, *host.steps[1:])
    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == other


@pytest.mark.parametrize(
    "step",
    [
        respond_with(206, b"xxxx", content_range="bytes 2000000-2000003/3000000", etag='"v2"'),
        respond_with(206, b"xxxx", content_range="bytes 1999999-2999999/3000000", etag='"v1"'),
        respond_with(206, b"xxxx", content_range="bytes 2000000-2999999/3000001", etag='"v1"'),
        respond_with(206, b"xxxx", content_range="bytes 2000000-2999999/*", etag='"v1"'),
        respond_with(206, b"xxxx", etag='"v1"'),
        respond_with(416, b"<Error/>"),
        respond_with(204, content_length=None),
        respond_with(200, b"xxxx", content_encoding="gzip"),
        respond_with(200, b"xxxx", content_length=None),
    ],
    ids=["version", "start", "total", "no total", "no range", "416", "204", "encoded", "endless"],
)
async def test_download_starts_again_after_an_unusable_response(
    make: Make, store: Any, tmp_path: Path, step: Step
) -> None:
    """After a response that is not the requested part, the file is started again."""
    host = store(send_file(2_000_000), step, send_file())

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, "bytes=2000000-", None]


@pytest.mark.parametrize(
    "step",
    [
        respond_with(206, b"xxxx", content_range="bytes 0-3/4"),
        respond_with(204, content_length=None),
        respond_with(200, b"xxxx", content_encoding="gzip"),
        respond_with(200, b"xxxx", content_length=None),
    ],
    ids=["part", "204", "encoded", "endless"],
)
async def test_responses_that_are_never_the_file_raise_invalid_response_error(
    make: Make, store: Any, tmp_path: Path, step: Step
) -> None:
    """A host that never sends the file leads to an InvalidResponseError with its status, and to no file."""
    host = store(step)

    async with make(base_url=API) as client:
        with pytest.raises(omni.InvalidResponseError) as caught:
            await client.documents.download(host.document(), to=tmp_path)

    assert len(host.requests) == 3
    assert caught.value.status_code in {200, 204, 206}
    assert filenames_in(tmp_path) == set()


async def test_short_part_is_resumed(make: Make, store: Any, tmp_path: Path) -> None:
    """A part that ends early without an error is resumed."""
    short = respond_with(206, FILE[1_000_000:2_000_000], content_range="bytes 1000000-2999999/3000000", etag='"v1"')
    host = store(send_file(1_000_000), short, send_file())

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert host.ranges == [None, "bytes=1000000-", "bytes=2000000-"]


async def test_part_that_is_too_long_is_not_read_to_its_end(make: Make, store: Any, tmp_path: Path) -> None:
    """More bytes than the file has are not read to their end, and the file is started again."""
    sent = 0

    def floods(connection: socket.socket, request: str, file: bytes) -> None:
        nonlocal sent
        connection.sendall(response_head(206, content_range="bytes 1000000-2999999/3000000", etag='"v1"'))
        for _ in range(100):
            connection.sendall(bytes(1_000_000))
            sent += 1

    host = store(send_file(1_000_000), floods, respond_with(416), send_file())

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert sent < 50


async def test_smaller_version_leaves_nothing_of_the_larger_one(make: Make, store: Any, tmp_path: Path) -> None:
    """What was written of a longer version is cut off when a shorter one follows."""
    host = store(send_file(2_000_000), respond_with(200, b"short", etag='"v2"'))

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == b"short"


async def test_timeout_limits_each_wait(make: Make, store: Any, tmp_path: Path) -> None:
    """A download may take longer than the timeout while bytes keep coming."""
    host = store(send_file(pause=0.04))

    async with make(base_url=API, timeout=1) as client:
        start = time.monotonic()
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE
    assert len(host.requests) == 1
    assert time.monotonic() - start > 1.2


async def test_stalled_download_times_out(make: Make, store: Any, tmp_path: Path) -> None:
    """A file that stops coming for the timeout raises APITimeoutError."""

    def stalls(connection: socket.socket, request: str, file: bytes) -> None:
        connection.sendall(response_head(200, content_length=len(file)) + file[:1000])
        time.sleep(1)

    async with make(base_url=API, timeout=0.2, attempts=1) as client:
        with pytest.raises(omni.APITimeoutError):
            await client.documents.download(store(stalls).document(), to=tmp_path)

    assert filenames_in(tmp_path) == set()


@pytest.mark.parametrize(
    "content_range",
    [f"bytes 2000000-2999999/{TOO_MANY_DIGITS}", f"bytes {TOO_MANY_DIGITS}-2999999/3000000"],
    ids=["total", "first"],
)
async def test_unreadable_content_range_starts_the_download_again(
    make: Make, store: Any, tmp_path: Path, content_range: str
) -> None:
    """A content range with a number that Python cannot read starts the file again."""
    host = store(
        send_file(2_000_000), respond_with(206, b"xxxx", content_range=content_range, etag='"v1"'), send_file()
    )

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)

    assert path.read_bytes() == FILE


async def test_content_encodings_that_change_nothing_are_accepted(make: Make, store: Any, tmp_path: Path) -> None:
    """Values that hosts send for files that are sent as they are do not fail the download."""
    encodings = ["", "aws-chunked", "utf-8", "identity", "aws-chunked, UTF-8"]
    host = store(*(send_file(content_encoding=encoding) for encoding in encodings), files={"/f": b"file"})

    async with make(base_url=API) as client:
        for number, _ in enumerate(encodings):
            path = await client.documents.download(host.document(), to=tmp_path / str(number))
            assert path.read_bytes() == b"file"

    assert len(host.requests) == len(encodings)


async def test_unusable_etag_is_no_validator(make: Make, store: Any, tmp_path: Path) -> None:
    """An ETag that cannot be sent, or is not strong, is ignored: the interrupted file is started again."""
    tags = ['"\xe9"', 'W/"v1"', "v1", '"a"b"', f'"{"x" * 5000}"', "0", ""]
    steps = [step for tag in tags for step in (send_file(2, etag=tag, last_modified=tag), send_file())]
    host = store(*steps, files={"/f": b"file"})

    async with make(base_url=API) as client:
        for number, _ in enumerate(tags):
            path = await client.documents.download(host.document(), to=tmp_path / str(number))
            assert path.read_bytes() == b"file"

    assert host.ranges == [None] * len(steps)


async def test_download_resumes_by_date(make: Make, store: Any, tmp_path: Path) -> None:
    """Without a usable ETag, the rest is requested by the date."""
    date = "Fri, 30 Jan 2026 02:00:00 GMT"
    host = store(send_file(2_000_000, etag='"\xe9"', last_modified=date), send_file())

    async with make(base_url=API) as client:
        await client.documents.download(host.document(), to=tmp_path)

    assert f"if-range: {date.lower()}" in host.request_texts[1]
