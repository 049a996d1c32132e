"""Clearing the local variables in tracebacks, since tools that report errors show those of each frame.

Theory of operation. The frames of an error hold request bodies, whole leads, presigned links and the key.
``frame.clear()`` drops the locals of a frame that has ended; one that still runs cannot be cleared. So each public
method is wrapped by a function that catches the error, drops its own arguments, and clears all frames below it, also
those of errors that led to this one. Lines and function names stay, and so do the frames above, whose data the caller
knew before. Of an error that a callback of the caller raised, only the frames of libraries are cleared.
"""

import contextlib
import functools
import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from types import FrameType, FunctionType, TracebackType
from typing import Any, TypeVar, cast

from omni.errors import OmniError

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type)

_PUBLIC_DUNDERS = {"__init__", "__next__", "__anext__"}
_LIBRARIES = {"omni", "omni_client", "httpx", "httpcore", "h11", "anyio", *sys.stdlib_module_names}


def scrub_traceback(function: F) -> F:
    """Clear the frames of every error that leaves a function; for context managers, also of errors from their block."""
    wrapped = getattr(function, "__wrapped__", None)
    if inspect.isgeneratorfunction(wrapped):
        return cast("F", _scrub_context_manager(function))
    if inspect.isasyncgenfunction(wrapped):
        return cast("F", _scrub_async_context_manager(function))

    @functools.wraps(function)
    def scrubbed(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            clear_frames(error)
            raise

    @functools.wraps(function)
    async def scrubbed_async(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            clear_frames(error)
            raise

    return cast("F", scrubbed_async if inspect.iscoroutinefunction(function) else scrubbed)


def scrub_public_methods(cls: C) -> C:
    """Apply ``scrub_traceback`` to every public method of a class, also to inherited ones."""
    members = {name: member for base in reversed(cls.__mro__) for name, member in vars(base).items()}
    for name, member in members.items():
        if isinstance(member, FunctionType) and (name in _PUBLIC_DUNDERS or not name.startswith("_")):
            setattr(cls, name, scrub_traceback(member))
    return cls


def _scrub_context_manager(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a context manager; an error of its block has frames of the caller too, which stay."""

    @functools.wraps(function)
    @contextlib.contextmanager
    def scrubbed(*args: Any, **kwargs: Any) -> Generator[Any]:
        clear = clear_frames
        try:
            with function(*args, **kwargs) as value:
                clear = _clear_library_frames
                yield value
        except BaseException as error:
            del args, kwargs
            clear(error)
            raise

    return scrubbed


def _scrub_async_context_manager(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    @contextlib.asynccontextmanager
    async def scrubbed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any]:
        clear = clear_frames
        try:
            async with function(*args, **kwargs) as value:
                clear = _clear_library_frames
                yield value
        except BaseException as error:
            del args, kwargs
            clear(error)
            raise

    return scrubbed


def clear_frames(error: BaseException) -> None:
    """Clear the frames of an error; if a callback raised it, only those of libraries."""
    if isinstance(error, OmniError) or not isinstance(error, Exception):  # Ctrl-C and cancellation too
        _clear(error, lambda frame: True)
    else:
        _clear_library_frames(error)


def _clear_library_frames(error: BaseException) -> None:
    _clear(error, lambda frame: str(frame.f_globals.get("__name__")).partition(".")[0] in _LIBRARIES)


def _frames(traceback: TracebackType | None) -> Iterator[FrameType]:
    """The frames of a traceback; importing ``traceback.walk_tb`` for it would slow the start of every command."""
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _clear(error: BaseException, is_ours: Callable[[FrameType], bool]) -> None:
    """Clear the frames of an error, and of the errors that led to it during the call."""
    known, done, pending = set[FrameType](), set[int](), [error]
    while pending:
        current = pending.pop()
        frames = list(_frames(current.__traceback__))
        # An error that led to another was caught in one of its frames; any other is older than the call.
        if id(current) in done or (done and known.isdisjoint(frames[:1])):
            continue
        done.add(id(current))
        for frame in filter(is_ours, frames):
            with contextlib.suppress(RuntimeError):  # it still runs
                frame.clear()
        members: tuple[BaseException, ...] = getattr(current, "exceptions", ())
        known.update(frames, (member.__traceback__.tb_frame for member in members if member.__traceback__))
        pending += filter(None, (current.__cause__, current.__context__, *members))
