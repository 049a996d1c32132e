"""Files that are written under a temporary name and renamed when they are complete.

So neither a kill nor a full disk leaves half a file under a name that somebody reads. A kill leaves a hidden
``.omni-….part``, which can be deleted.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

from omni._files.destination import check_replaceable
from omni.errors import OmniError

T = TypeVar("T")


def hide_paths(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function and turn an OSError into an OmniError without its path: a file name may be personal data."""
    try:
        return function(*arguments)
    except OSError as error:
        raise OmniError(f"The disk refused: {error.strerror or type(error).__name__}.") from None


class PartialFile:
    """A file under a temporary name; it exists only inside its ``with`` block, and only its owner may read it."""

    def __init__(self, folder: Path, *, with_digest: bool = False) -> None:
        self._path = _temporary_path(folder)
        self._hash = hashlib.sha256() if with_digest else None

    def __enter__(self) -> Self:
        # Not in a thread: if its task were cancelled meanwhile, nobody would delete the file.
        self._file: BinaryIO = hide_paths(_create, self._path, 0o600)
        return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(OSError):  # closing flushes, which fails again on a full disk
            self._file.close()
        with suppress(OSError):  # it was committed
            self._path.unlink()

    @property
    def digest(self) -> str | None:
        """The SHA-256 of the content in hex; None without ``with_digest``."""
        return self._hash.hexdigest() if self._hash else None

    def write(self, offset: int, content: bytes | bytearray | memoryview) -> None:
        """Write at this offset: where the last write ended, or 0 to start again."""
        self._file.seek(offset)
        self._file.write(content)
        if self._hash:
            self._hash = hashlib.sha256() if offset == 0 else self._hash
            self._hash.update(content)

    def commit(self, target: Path, size: int, overwrite: bool, mode: int | None = None) -> None:
        """Sync the first ``size`` bytes to the disk and rename the file to ``target``.

        It has the permissions of the file that it replaces or of any new file, less what ``mode`` leaves out.
        """
        if overwrite:
            check_replaceable(target, overwrite)
        self._file.truncate(size)
        self._set_permissions(target, mode)
        os.fsync(self._file.fileno())
        self._file.close()
        if overwrite:
            self._path.replace(target)
        else:
            _rename_to_new(self._path, target)
        _sync_folder(target.parent)

    def _set_permissions(self, target: Path, mode: int | None) -> None:
        permissions = stat.S_IMODE(target.stat().st_mode) if target.is_file() else _default_permissions(target.parent)
        permissions &= 0o777 if mode is None else mode
        if hasattr(os, "fchmod"):  # pragma: no branch (Windows has it since Python 3.13)
            with suppress(PermissionError):  # some file systems have the same permissions for all files
                os.fchmod(self._file.fileno(), permissions)


def _temporary_path(folder: Path) -> Path:
    return folder / f".omni-{secrets.token_hex(8)}.part"


def _create(path: Path, permissions: int) -> BinaryIO:
    # Path.open takes no opener.
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, permissions))


def _default_permissions(folder: Path) -> int:
    """The permissions of a new file. Reading the umask would change it for all threads, so a file is created."""
    path = _temporary_path(folder)
    with _create(path, 0o666) as file:
        mode = os.fstat(file.fileno()).st_mode
    path.unlink()
    return stat.S_IMODE(mode)


def _rename_to_new(path: Path, target: Path) -> None:
    """Rename without replacing a file that somebody else created meanwhile."""
    try:
        target.hardlink_to(path)  # fails if the target exists; a rename would replace it
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system: check, then rename
        check_replaceable(target, overwrite=False)
        path.rename(target)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system opens folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_atomic(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file completely, or leave the one that is there."""
    with PartialFile(path.parent) as part:
        part.write(0, content)
        part.commit(path, len(content), overwrite=True, mode=mode)
