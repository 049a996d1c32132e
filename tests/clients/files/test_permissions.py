"""Permissions of downloaded files."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from file_store import filenames_in, lead_with
from wire import reply

import omni
from omni._files.manifest import MANIFEST

pytestmark = pytest.mark.anyio

Make = Callable[..., Any]
API = "http://api.example.com"


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Change the umask until the end of the test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


async def test_incomplete_file_is_readable_by_its_owner_only(
    make: Make, store: Any, tmp_path: Path, umask: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can open an incomplete file, from its creation on, whatever the umask is."""
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
async def test_new_file_follows_the_umask(
    make: Make, store: Any, tmp_path: Path, umask: Callable[[int], int], mask: int, mode: int | None, expected: int
) -> None:
    """A new file and the manifest get the usual permissions, less what ``mode`` leaves out."""
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
    assert {permissions(path) for path in (tmp_path / "narrow-all").iterdir()} == {0o600}
    assert filenames_in(tmp_path) == {"a.pdf", "all", "narrow", "narrow-all"}


async def test_replaced_file_keeps_its_permissions(
    make: Make, store: Any, tmp_path: Path, umask: Callable[[int], int]
) -> None:
    """A file that is replaced keeps its permissions, less what ``mode`` leaves out."""
    host = store(files={"/f": b"file"})
    target = tmp_path / "a.pdf"
    after = []

    async with make(base_url=API) as client:
        for before, mode in ((0o600, None), (0o664, None), (0o4755, None), (0o664, 0o640)):
            target.write_text("mine")
            target.chmod(before)
            await client.documents.download(host.document(), to=target, overwrite=True, mode=mode)
            after.append(permissions(target))

    assert after == [0o600, 0o664, 0o755, 0o640]


async def test_file_system_without_permissions(
    make: Make, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where permissions cannot be changed, the file is saved with those of the file system."""

    def refuse(*arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchmod", refuse)
    async with make(base_url=API) as client:
        path = await client.documents.download(store(files={"/f": b"file"}).document(), to=tmp_path)

    assert path.read_bytes() == b"file"


async def test_csv_has_the_mode(make: Make, wire: Any, store: Any, tmp_path: Path) -> None:
    """The CSV file has the permissions of ``mode`` too."""
    host = store(files={"/f": b"leadId\n"})
    api = wire(reply(body=b'{"downloadUrl": "%s/f"}' % host.url.encode()))

    async with make(base_url=api.url) as client:
        path = await client.analytics.download_csv(to=tmp_path, mode=0o600)

    assert permissions(path) == 0o600


async def test_unusable_mode_is_refused(make: Make, store: Any, tmp_path: Path) -> None:
    """A ``mode`` that is no permissions, such as a decimal 600, is refused before any request."""
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
    assert filenames_in(tmp_path) == set()
