"""Where downloads go: what they replace, whose the file is, and that nothing meanwhile leads them elsewhere."""

import contextlib
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from file_store import files, lead_with, manifest
from wire import answer

import omni
from omni._files.manifest import MANIFEST

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


NO_FILES = [make_folder, make_pipe, make_socket, make_device, make_dangling_link, make_link_to_pipe]


def identity(path: Path) -> tuple[int, int, int]:
    """What shows that a thing is still the same: its kind and permissions, number, and device."""
    found = path.lstat()
    return found.st_mode, found.st_ino, found.st_rdev


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Change the umask until the end of the test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("make_it", NO_FILES, ids=lambda function: function.__name__.removeprefix("make_"))
async def test_what_is_no_file_is_never_replaced(
    make: Make, store: Any, tmp_path: Path, make_it: Callable[[Path], None]
) -> None:
    """A folder, pipe, socket, device, or link to none is refused before anything is asked for, and stays."""
    target = tmp_path / "a.pdf"
    make_it(target)
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


async def test_what_is_no_file_and_comes_meanwhile(make: Make, store: Any, tmp_path: Path) -> None:
    """A pipe that took the place of the file that shall be replaced is not replaced either."""
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
    assert files(tmp_path) == {"a.pdf"}


async def test_a_link_to_a_file(make: Make, store: Any, tmp_path: Path) -> None:
    """Of a link to a file the link is replaced: whoever planted it does not choose what is written over."""
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "a.pdf").symlink_to(tmp_path / "theirs")
    host = store(files={"/f": b"file"})

    async with make(base_url=API) as client:
        with pytest.raises(omni.UsageError, match="overwrite=True"):
            await client.documents.download(host.document(), to=tmp_path)
        path = await client.documents.download(host.document(), to=tmp_path, overwrite=True)

    assert (path.is_symlink(), path.read_bytes()) == (False, b"file")
    assert (tmp_path / "theirs").read_text() == "theirs"


# Whose a file is.


async def test_a_file_on_its_way_is_its_owners(
    make: Make, store: Any, tmp_path: Path, umask: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can open a file before it is whole, from its creation on, whatever the umask is."""
    umask(0)
    seen: list[int] = []
    opened = os.open

    def watched(path: Any, *arguments: Any, **options: Any) -> int:
        handle = opened(path, *arguments, **options)
        if str(path).endswith(".part") and not seen:
            seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return handle

    def look(*arguments: object) -> None:
        seen.extend(permissions(part) for part in tmp_path.glob(".omni-*.part"))

    monkeypatch.setattr("os.open", watched)
    async with make(base_url=API) as client:
        await client.documents.download(store(files={"/f": b"file"}).document(), to=tmp_path, progress=look)

    assert seen == [0o600, 0o600]


@pytest.mark.parametrize(("mask", "mode", "expected"), [(0o022, None, 0o644), (0o077, None, 0o600), (0, None, 0o666)])
async def test_a_new_file_follows_the_umask(
    make: Make, store: Any, tmp_path: Path, umask: Callable[[int], int], mask: int, mode: int | None, expected: int
) -> None:
    """A finished file has the permissions of any new one, and so has the manifest; ``mode`` takes some away."""
    umask(mask)
    host = store(files={"/f": b"file"})

    async with make(base_url=API) as client:
        path = await client.documents.download(host.document(), to=tmp_path)
        await client.documents.download_all(lead_with(host.document()), to=tmp_path / "all")
        narrow = await client.documents.download(host.document(), to=tmp_path / "narrow", mode=0o640)
        await client.documents.download_all(lead_with(host.document()), to=tmp_path / "narrow-all", mode=0o600)

    assert permissions(path) == permissions(tmp_path / "all" / "a.pdf") == permissions(tmp_path / "all" / MANIFEST)
    assert permissions(path) == expected
    assert permissions(narrow) == expected & 0o640
    assert {permissions(each) for each in (tmp_path / "narrow-all").iterdir()} == {0o600}
    assert files(tmp_path) == {"a.pdf", "all", "narrow", "narrow-all"}


async def test_a_file_that_is_replaced_keeps_its_permissions(
    make: Make, store: Any, tmp_path: Path, umask: Callable[[int], int]
) -> None:
    """What somebody allowed or forbade for a file stays so, less what ``mode`` takes away."""
    host = store(files={"/f": b"file"})
    target = tmp_path / "a.pdf"
    found = []

    async with make(base_url=API) as client:
        for before, mode in ((0o600, None), (0o664, None), (0o4755, None), (0o664, 0o640)):
            target.write_text("mine")
            target.chmod(before)
            await client.documents.download(host.document(), to=target, overwrite=True, mode=mode)
            found.append(permissions(target))

    assert found == [0o600, 0o664, 0o755, 0o640]


async def test_a_file_system_without_permissions(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where permissions cannot be changed a file comes with those that there are."""

    def refuse(*arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchmod", refuse)
    async with make(base_url=API) as client:
        path = await client.documents.download(store(files={"/f": b"file"}).document(), to=tmp_path)

    assert path.read_bytes() == b"file"


async def test_the_csv_takes_a_mode(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """The figures have the permissions that were asked for too."""
    host = store(files={"/f": b"leadId\n"})
    api = wire(answer(body=b'{"downloadUrl": "%s/f"}' % host.url.encode()))

    async with make(base_url=api.url) as client:
        path = await client.analytics.download_csv(to=tmp_path, mode=0o600)

    assert permissions(path) == 0o600


async def test_a_mode_that_is_none(make: Make, store: Any, tmp_path: Path) -> None:
    """What are no permissions, such as 600 that is not octal, is refused before anything is sent."""
    host = store()

    async with make(base_url=API) as client:
        for mode in (0o1777, -1, 600, "600", 0.5, True):
            with pytest.raises(omni.UsageError, match="0o600"):
                await client.documents.download(host.document(), to=tmp_path, mode=mode)
            with pytest.raises(omni.UsageError, match="0o600"):
                await client.documents.download_all(lead_with(host.document()), to=tmp_path, mode=mode)
            with pytest.raises(omni.UsageError, match="0o600"):
                await client.analytics.download_csv(to=tmp_path, mode=mode)

    assert host.requests == []
    assert files(tmp_path) == set()


# Where a path leads.


@pytest.mark.parametrize("to", ["a.pdf", "."])
async def test_another_working_folder_meanwhile(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    """A relative path is one of the folder in which the call began, and the path that comes back leads to the file."""
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
    assert (files(here), files(there)) == ({"a.pdf"}, set())


async def test_no_working_folder_any_more(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files of a lead, and the manifest, come to their place, also if the working folder is gone by then."""
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

    assert [each.path for each in results] == [here / "files" / "a.pdf", here / "files" / "a (2).pdf"]
    assert set(manifest(here / "files")) == {"1", "2"}


async def test_a_link_that_leads_elsewhere_meanwhile(make: Make, store: Any, tmp_path: Path) -> None:
    """A folder that is a link is followed once: turning it round does not lead the file elsewhere."""
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
    assert (files(one), files(other)) == ({"a.pdf"}, set())
