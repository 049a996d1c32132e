"""Where a download goes, resolved once at its start, and what is there already."""

import hashlib
import os
import stat
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from omni.errors import UsageError


def resolve_target(to: str | os.PathLike[str], overwrite: bool) -> tuple[Path, str, Path]:
    """The resolved folder of ``to``, the file name in it (empty if ``to`` is a folder), and the folder as given.

    Later changes of links or of the working folder do not lead the file elsewhere. Raises UsageError if ``to`` cannot
    be used.
    """
    path, ends_with_separator = _parse_path(to)
    if path.is_dir():
        return _resolve(path), "", path
    if ends_with_separator or not path.parent.is_dir():
        raise UsageError("The folder of `to` does not exist: make it first, or check the path.")
    check_replaceable(path, overwrite)
    return _resolve(path.parent), path.name, path.parent


def resolve_folder(to: str | os.PathLike[str]) -> tuple[Path, Path]:
    """The resolved folder of ``to``, which may not exist yet, and as given; UsageError if it cannot be a folder."""
    path, _ = _parse_path(to)
    if path.is_dir():
        return _resolve(path), path
    if os.path.lexists(path) or not path.parent.is_dir():
        raise UsageError("`to` cannot be a folder: it is a file, or the folder above it does not exist.")
    return _resolve(path.parent) / path.name, path


def path_as_given(target: Path, given_folder: Path) -> Path:
    """The path of a file below its folder as given, if that still leads there; else the resolved path."""
    with suppress(OSError):  # the working folder may be gone
        if _resolve(given_folder) == target.parent:
            return given_folder / target.name
    return target


def _resolve(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def check_replaceable(target: Path, overwrite: bool) -> None:
    """Raise UsageError if something is there that may not be replaced."""
    if not os.path.lexists(target):
        return
    if not target.is_file():  # follows links
        raise UsageError(
            "A folder, a pipe, a socket, a device or a broken link has that name, and these are never replaced: pass"
            " another `to`."
        )
    if not overwrite:
        raise UsageError("A file of that name exists: pass overwrite=True to replace it, or another `to`.")


def _parse_path(to: str | os.PathLike[str]) -> tuple[Path, bool]:
    """The path, and whether it ends with a separator; UsageError if it is no path."""
    try:
        path = os.fsdecode(to)
        is_usable = path and b"\0" not in os.fsencode(path)
    except (TypeError, ValueError):
        is_usable, path = False, ""
    if not is_usable:
        raise UsageError("`to` must be a path.")
    return Path(path), path.endswith(tuple(filter(None, (os.sep, os.altsep))))


def _open_regular(path: Path) -> BufferedReader | None:
    """Open a regular file to read it; None for anything else: reading a pipe may block, and a device may never end."""
    if not path.is_file():
        return None
    flag = getattr(os, "O_NONBLOCK", 0)  # a pipe may have taken its place since then
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | flag))  # noqa: SIM115 - callers close it
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None


def read_bounded(path: Path, max_size: int) -> bytes | None:
    """The content of a file; None if nothing is there, empty if it is larger than that or not a regular file."""
    if not os.path.lexists(path):
        return None
    if (file := _open_regular(path)) is None:
        return b""
    with file:
        content = file.read(max_size + 1)
    return content if len(content) <= max_size else b""


def file_digest(path: Path) -> str | None:
    """The SHA-256 of a file in hex, or None if there is none."""
    if (file := _open_regular(path)) is None:
        return None
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
