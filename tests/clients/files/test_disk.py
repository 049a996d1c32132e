"""Downloads leave a complete file or none, whatever happens to the disk and the process."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from file_store import (
    FILE,
    filenames_in,
    send_file,
)

import omni

pytestmark = [
    pytest.mark.anyio,
    # httpx leaves generators of bodies that are not read to their end to the garbage collector; trio warns.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]


API = "http://api.example.com"
Make = Callable[..., Any]


KILLED = """
import hashlib, json, os, random, signal, sys, time
from pathlib import Path
import omni
url, folder = sys.argv[1], Path(sys.argv[2])
document = omni.Document.from_dict({"id": "1", "filename": "a.bin", "signedUrl": url})
def download(to):
    with omni.Client(api_key="k", base_url="http://api.example.com") as client:
        client.documents.download(document, to=to / "a.bin", overwrite=True)
(folder / "first").mkdir()
download(folder / "first")  # imports what the children share
start = time.monotonic()
if not (child := os.fork()):  # as the others, but nobody kills it
    download(folder / "first")
    os._exit(0)
os.waitpid(child, 0)
lasts = time.monotonic() - start
whole = hashlib.sha256((folder / "first" / "a.bin").read_bytes()).hexdigest()
delays, counts = random.Random(int(sys.argv[3])), {"absent": 0, "old": 0, "whole": 0, "wrong": 0, "parts": 0}
for number in range(50):
    to = folder / str(number)
    to.mkdir()
    if number % 2:
        (to / "a.bin").write_text("old")
    if not (child := os.fork()):
        download(to)
        os._exit(0)
    time.sleep(delays.uniform(0, 1.6 * lasts))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = (to / "a.bin").read_bytes() if (to / "a.bin").exists() else None
    counts["parts"] += len(list(to.glob(".omni-*.part")))
    if found is None:
        counts["absent"] += 1
    elif found == b"old" and number % 2:
        counts["old"] += 1
    else:
        counts["whole" if hashlib.sha256(found).hexdigest() == whole else "wrong"] += 1
print(json.dumps([counts, whole]))
"""


async def test_existing_file_is_replaced_only_with_overwrite(make: Make, store: Any, tmp_path: Path) -> None:
    """An existing file is refused before any request, unless ``overwrite`` is passed."""
    (tmp_path / "a.pdf").write_text("mine")
    host = store()

    async with make(base_url=API) as client:
        for to in (tmp_path, tmp_path / "a.pdf"):
            with pytest.raises(omni.UsageError, match="overwrite=True"):
                await client.documents.download(host.document(), to=to)
        assert host.requests == []
        assert (tmp_path / "a.pdf").read_text() == "mine"
        path = await client.documents.download(host.document(), to=tmp_path, overwrite=True)

    assert path.read_bytes() == FILE
    assert filenames_in(tmp_path) == {"a.pdf"}


async def test_file_that_appears_meanwhile_is_not_replaced(make: Make, store: Any, tmp_path: Path) -> None:
    """A file of the same name that appears during the download is not replaced."""
    host = store()

    async with make(base_url=API) as client:
        with pytest.raises(omni.OmniError, match="File exists"):
            await client.documents.download(
                host.document(), to=tmp_path, progress=lambda *_: (tmp_path / "a.pdf").write_text("mine")
            )

    assert (tmp_path / "a.pdf").read_text() == "mine"
    assert filenames_in(tmp_path) == {"a.pdf"}


@pytest.mark.parametrize("comes", [False, True])
async def test_file_is_renamed_without_hard_links(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    """Without hard links the file is renamed, after another check that its name is free."""

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    monkeypatch.setattr("os.open", lambda *a, _open=os.open: refuse() if Path(a[0]) == tmp_path else _open(*a))
    expected = pytest.raises(omni.UsageError, match="overwrite=True") if comes else contextlib.nullcontext()
    async with make(base_url=API) as client:
        with expected:
            await client.documents.download(
                store().document(), to=tmp_path, progress=lambda *_: comes and (tmp_path / "a.pdf").write_text("mine")
            )

    assert (tmp_path / "a.pdf").read_bytes() == (b"mine" if comes else FILE)
    assert filenames_in(tmp_path) == {"a.pdf"}


@pytest.mark.parametrize("to", ["", "missing/", "missing/a.pdf", "a\0b", "\ud800", None, 7])
async def test_unusable_path_is_refused_before_any_request(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: Any
) -> None:
    """A path that cannot be written to is refused before anything is sent."""
    monkeypatch.chdir(tmp_path)
    host = store()

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError):
            await client.documents.download(host.document(), to=to)
        with pytest.raises(omni.UsageError):
            await client.documents.download("doc-1", to=to)

    assert host.requests == []


async def test_folder_is_never_replaced(make: Make, store: Any, tmp_path: Path) -> None:
    """A folder of the document's name is never replaced."""
    (tmp_path / "a.pdf").mkdir()

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError):
            await client.documents.download(store().document(), to=tmp_path, overwrite=True)

    assert (tmp_path / "a.pdf").is_dir()


@pytest.mark.usefixtures("way")
async def test_full_disk_raises_omni_error_without_the_path(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the disk refuses is an OmniError that names no file, and leaves none."""

    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device", "/home/ada/secret.pdf")

    monkeypatch.setattr("os.fsync", refuse)
    async with make(base_url=API) as client:
        with pytest.raises(omni.OmniError, match="No space left on device") as caught:
            await client.documents.download(store().document(), to=tmp_path)

    assert "ada" not in str(caught.value)
    assert type(caught.value) is omni.OmniError
    assert filenames_in(tmp_path) == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
async def test_disk_that_is_full_when_the_file_is_closed(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that cannot be written even when the file is closed raise the same OmniError."""
    monkeypatch.setattr(
        "omni._files.atomic_write._create", lambda *arguments: os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb")
    )
    async with make(base_url=API) as client:
        with pytest.raises(omni.OmniError, match="No space left on device"):
            await client.documents.download(store(files={"/f": b"small"}).document(), to=tmp_path)

    assert filenames_in(tmp_path) == set()


@pytest.mark.usefixtures("way")
async def test_error_of_progress_is_raised(make: Make, store: Any, tmp_path: Path) -> None:
    """What ``progress`` raises, the call raises, and no file is left."""

    def stop(have: int, total: int | None) -> None:
        raise LookupError("enough")

    async with make(base_url=API) as client:
        with pytest.raises(LookupError, match="enough"):
            await client.documents.download(store().document(), to=tmp_path, progress=stop)

    assert filenames_in(tmp_path) == set()


@pytest.mark.usefixtures("way")
async def test_cancelled_download_leaves_no_file(store: Any, tmp_path: Path, kind: str) -> None:
    """A download that is cancelled leaves no file."""
    if kind == "Client":
        pytest.skip("blocking code cannot be cancelled")
    async with omni.AsyncClient(api_key="k", base_url=API) as client:
        with anyio.move_on_after(0.3) as scope:
            await client.documents.download(store(send_file(pause=0.05)).document(), to=tmp_path)

    assert scope.cancelled_caught
    assert filenames_in(tmp_path) == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork starts fifty processes in no time")
def test_kill_never_leaves_a_wrong_file(store: Any, tmp_path: Path) -> None:
    """Fifty kills at random times never leave a wrong file under its final name."""
    host = store(send_file(pause=0.002))
    arguments = [f"{host.url}/f", str(tmp_path), "9"]

    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr.decode()
    counts, whole = json.loads(done.stdout)
    assert whole == hashlib.sha256(FILE).hexdigest()
    assert counts["wrong"] == 0
    assert counts["absent"] + counts["old"] + counts["whole"] == 50
    assert counts["parts"] > 5, "kills that came on the way"
    assert counts["whole"] > 0, "kills that came too late"
