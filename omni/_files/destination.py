"""Where a file may go, found out once and the same whatever happens meanwhile, and what is there already."""

import hashlib
import os
import stat
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from omni.errors import UsageError


def destination(to: str | os.PathLike[str], overwrite: bool) -> tuple[Path, str, Path]:
    """The folder that ``to`` means now, the name in it, empty if ``to`` is a folder, and the folder as it was given.

    UsageError if it cannot be used. The first is where the file goes, wherever links and the working folder lead later.
    """
    path, ends_as_folder = _path(to)
    if path.is_dir():
        return _resolved(path), "", path
    if ends_as_folder or not path.parent.is_dir():
        raise UsageError("The folder of `to` does not exist: make it first, or check the path.")
    check_free(path, overwrite)
    return _resolved(path.parent), path.name, path.parent


def future_folder(to: str | os.PathLike[str]) -> tuple[Path, Path]:
    """The folder that ``to`` means, there or yet to be made, and as it was given; UsageError if it cannot be."""
    path, _ = _path(to)
    if path.is_dir():
        return _resolved(path), path
    if os.path.lexists(path) or not path.parent.is_dir():
        raise UsageError("`to` is no folder and cannot become one: it is a file, or the folder above does not exist.")
    return _resolved(path.parent) / path.name, path


def path_to(target: Path, given: Path) -> Path:
    """The path of a file as its folder was given, if it still leads there; else the whole one."""
    with suppress(OSError):  # the working folder may be gone
        if _resolved(given) == target.parent:
            return given / target.name
    return target


def _resolved(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def check_free(target: Path, overwrite: bool) -> None:
    """UsageError if something is there that may not be replaced."""
    if not os.path.lexists(target):
        return
    if not target.is_file():  # of a link, what it leads to
        raise UsageError(
            "There is something of that name that is never replaced: a folder, a pipe, a socket, a device or a link to"
            " none. Give another `to`."
        )
    if not overwrite:
        raise UsageError("There is something of that name: pass overwrite=True to replace a file, or another `to`.")


def _path(to: str | os.PathLike[str]) -> tuple[Path, bool]:
    try:
        text = os.fsdecode(to)
        usable = text and b"\0" not in os.fsencode(text)
    except (TypeError, ValueError):
        usable, text = False, ""
    if not usable:
        raise UsageError("`to` must be a path.")
    return Path(text), text.endswith(tuple(filter(None, (os.sep, os.altsep))))


def _open_regular(path: Path) -> BufferedReader | None:
    """Open a regular file to read it; None for anything else: a pipe may wait for ever, and a device never end."""
    if not path.is_file():
        return None
    flag = getattr(os, "O_NONBLOCK", 0)  # another thing may have come in its place since then
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | flag))  # noqa: SIM115 - it is closed
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None


def read_whole(path: Path, at_most: int) -> bytes | None:
    """What is in a file; None if nothing is there, and no bytes if it is larger than that or no regular file."""
    if not os.path.lexists(path):
        return None
    if (file := _open_regular(path)) is None:
        return b""
    with file:
        content = file.read(at_most + 1)
    return content if len(content) <= at_most else b""


def size_of(path: Path) -> int | None:
    """The size of a file, or None if there is none."""
    return path.stat().st_size if path.is_file() else None


def digest_of(path: Path) -> str | None:
    """The SHA-256 of a file in hex, or None if there is none."""
    if (file := _open_regular(path)) is None:
        return None
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
