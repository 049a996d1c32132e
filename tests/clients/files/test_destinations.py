"""Where downloads go: what they replace, and that nothing leads them elsewhere meanwhile."""

import contextlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from file_store import filenames_in, lead_with, manifest_in

import omni

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
API = "http://api.example.com"


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket may not be long
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path.name)
    os.chdir(here)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))  # another null
    except PermissionError:
        pytest.skip("only root can make a device")


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nothing")


def make_link_to_pipe(path: Path) -> None:
    os.mkfifo(path.with_suffix(".pipe"))
    path.symlink_to(path.with_suffix(".pipe"))


SPECIAL_FILES = [make_folder, make_pipe, make_socket, make_device, make_dangling_link, make_link_to_pipe]


def identity(path: Path) -> tuple[int, int, int]:
    """The file type and permissions, inode and device: equal while it is the same file."""
    status = path.lstat()
    return status.st_mode, status.st_ino, status.st_rdev


@pytest.mark.parametrize("make_special", SPECIAL_FILES, ids=lambda function: function.__name__.removeprefix("make_"))
async def test_special_files_are_never_replaced(
    make: Make, store: Any, tmp_path: Path, make_special: Callable[[Path], None]
) -> None:
    """A folder, pipe, socket, device or broken link is refused before any request, and stays."""
    target = tmp_path / "a.pdf"
    make_special(target)
    host, before = store(files={"/f": b"file"}), identity(target)

    async with make(base_url=API) as client:
        for to in (target, tmp_path):
            for overwrite in (True, False):
                if to == target and target.is_dir():
                    continue
                with pytest.raises(omni.UsageError, match="never replaced"):
                    await client.documents.download(host.document(), to=to, overwrite=overwrite)
        (result,) = await client.documents.download_all(lead_with(host.document()), to=tmp_path, overwrite=True)

    assert isinstance(result.error, omni.UsageError)
    assert host.requests == []
    assert identity(target) == before


async def test_pipe_that_appears_meanwhile_is_not_replaced(make: Make, store: Any, tmp_path: Path) -> None:
    """A pipe that took the place of the file to replace during the download is not replaced."""
    target = tmp_path / "a.pdf"
    target.write_text("mine")

    def swap(*arguments: object) -> None:
        target.unlink()
        os.mkfifo(target)

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError, match="never replaced"):
            await client.documents.download(
                store(files={"/f": b"file"}).document(), to=target, overwrite=True, progress=swap
            )

    assert target.is_fifo()
    assert filenames_in(tmp_path) == {"a.pdf"}


async def test_link_is_replaced_and_its_target_stays(make: Make, store: Any, tmp_path: Path) -> None:
    """``overwrite`` replaces a link, not its target: whoever planted the link cannot choose what is overwritten."""
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "a.pdf").symlink_to(tmp_path / "theirs")
    host = store(files={"/f": b"file"})

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError, match="overwrite=True"):
            await client.documents.download(host.document(), to=tmp_path)
        path = await client.documents.download(host.document(), to=tmp_path, overwrite=True)

    assert (path.is_symlink(), path.read_bytes()) == (False, b"file")
    assert (tmp_path / "theirs").read_text() == "theirs"


@pytest.mark.parametrize("to", ["a.pdf", "."])
async def test_relative_path_is_resolved_at_the_start(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    """A relative path belongs to the working folder at the start, and the returned path leads to the file."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    host = store(files={"/f": b"file"})

    async with make(base_url=API) as client:
        assert await client.documents.download(host.document(), to=to) == Path("a.pdf"), "as it was given"
        (here / "a.pdf").unlink()
        path = await client.documents.download(host.document(), to=to, progress=lambda *bytes: os.chdir(there))

    assert path == here / "a.pdf"
    assert (filenames_in(here), filenames_in(there)) == ({"a.pdf"}, set())


async def test_working_folder_is_deleted_meanwhile(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files and the manifest are written even if the working folder is deleted during the download."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(there)
    host = store(files={"/f": b"file"})

    def leave(*arguments: object) -> None:
        with contextlib.suppress(FileNotFoundError):  # the other file was first
            there.rmdir()

    lead = lead_with(host.document("1"), host.document("2"))
    async with make(base_url=API) as client:
        results = await client.documents.download_all(lead, to=Path("..", "here", "files"), progress=leave)

    assert [result.path for result in results] == [here / "files" / "a.pdf", here / "files" / "a (2).pdf"]
    assert set(manifest_in(here / "files")) == {"1", "2"}


async def test_folder_link_is_followed_once(make: Make, store: Any, tmp_path: Path) -> None:
    """A link to a folder is followed once: changing it during the download does not lead the file elsewhere."""
    one, other, link = tmp_path / "one", tmp_path / "other", tmp_path / "link"
    one.mkdir()
    other.mkdir()
    link.symlink_to(one)
    host = store(files={"/f": b"file"})

    def turn(*arguments: object) -> None:
        link.unlink()
        link.symlink_to(other)

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=link, progress=turn)

    assert path == one / "a.pdf"
    assert (filenames_in(one), filenames_in(other)) == ({"a.pdf"}, set())
