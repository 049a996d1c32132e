"""Files that are written under a hidden name and renamed when they are complete.

So no kill and no full disk leaves half a file under a name that somebody reads. What a kill leaves is a hidden
``.omni-….part``, to be deleted.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

from omni._files.destination import check_free
from omni.errors import OmniError

T = TypeVar("T")


def without_paths(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function; OmniError without the path for what the operating system refuses."""
    try:
        return function(*arguments)
    except OSError as error:
        # The original has the path, and a file name may tell of a person.
        raise OmniError(f"The disk refused: {error.strerror or type(error).__name__}.") from None


class PartialFile:
    """A file on its way, there only inside its ``with`` block, and only its owner may read it."""

    def __init__(self, folder: Path, *, with_digest: bool = False) -> None:
        self._path = _part_path(folder)
        self._hash = hashlib.sha256() if with_digest else None

    def __enter__(self) -> Self:
        # Not beside the event loop: a thread whose task is cancelled would leave a file that nobody knows.
        self._file: BinaryIO = without_paths(_create, self._path, 0o600)
        return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(OSError):  # what could not be written cannot be written now
            self._file.close()
        with suppress(OSError):  # it has its own name already
            self._path.unlink()

    @property
    def digest(self) -> str | None:
        """The SHA-256 of what was written, in hex; None if that was not asked for."""
        return self._hash.hexdigest() if self._hash else None

    def write(self, place: int, content: bytes | bytearray) -> None:
        """Write at so many bytes from the start: where the last write ended, or again at 0."""
        self._file.seek(place)
        self._file.write(content)
        if self._hash:
            self._hash = hashlib.sha256() if place == 0 else self._hash
            self._hash.update(content)

    def commit(self, target: Path, size: int, overwrite: bool, mode: int | None = None) -> None:
        """Take the target's name, whole and on the disk, with so many bytes and at most these permissions."""
        if overwrite:
            check_free(target, overwrite)
        self._file.truncate(size)
        self._permit(target, mode)
        os.fsync(self._file.fileno())
        self._file.close()
        if overwrite:
            self._path.replace(target)
        else:
            _rename(self._path, target)
        _sync(target.parent)

    def _permit(self, target: Path, mode: int | None) -> None:
        """Give the permissions of the file that is replaced, or of any new file, less what the mode leaves out."""
        permissions = stat.S_IMODE(target.stat().st_mode) if target.is_file() else _usual_permissions(target.parent)
        permissions &= 0o777 if mode is None else mode
        if hasattr(os, "fchmod"):  # pragma: no branch (Windows has it since Python 3.13)
            with suppress(PermissionError):  # some file systems have one for all files
                os.fchmod(self._file.fileno(), permissions)


def _part_path(folder: Path) -> Path:
    return folder / f".omni-{secrets.token_hex(8)}.part"


def _create(path: Path, permissions: int) -> BinaryIO:
    # Not the method of a path, which takes no opener.
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, permissions))


def _usual_permissions(folder: Path) -> int:
    """Those of a new file there. The umask can only be read by changing it, for all threads, so a file is made."""
    path = _part_path(folder)
    with _create(path, 0o666) as file:
        found = os.fstat(file.fileno()).st_mode
    path.unlink()
    return stat.S_IMODE(found)


def _rename(path: Path, target: Path) -> None:
    """Rename, never over a file that came in the meantime."""
    try:
        target.hardlink_to(path)  # fails where there is one; a rename would not
    except FileExistsError:
        raise
    except OSError:  # no hard links here: look, then rename
        check_free(target, overwrite=False)
        path.rename(target)


def _sync(folder: Path) -> None:
    with suppress(OSError):  # not every system opens folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_atomic(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file, or leave the one that is there."""
    with PartialFile(path.parent) as part:
        part.write(0, content)
        part.commit(path, len(content), overwrite=True, mode=mode)
