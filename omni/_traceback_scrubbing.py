"""Errors that tell nothing by the frames they went through: tools that report tracebacks show the locals of each.

Theory of operation: the outermost public method clears the frames of all that it called, once they have ended. A frame
that still runs cannot be cleared, so that method is a wrapper which holds nothing but its arguments, and drops those.
"""

import contextlib
import functools
import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast

from omni.errors import OmniError

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type)

_ENTRANCES = {"__init__", "__next__", "__anext__"}
_LIBRARIES = {"omni", "omni_client", "httpx", "httpcore", "h11", "anyio", *sys.stdlib_module_names}


def scrub_traceback(function: F) -> F:
    """Leave no data in the frames that an error went through.

    The lines stay. What is left is in the frames of the caller, who knew it before.
    """
    manages = getattr(function, "__wrapped__", None)
    if inspect.isgeneratorfunction(manages):
        return cast("F", _around(function))
    if inspect.isasyncgenfunction(manages):
        return cast("F", _around_awaited(function))

    @functools.wraps(function)
    def blocking(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            clear_frames(error)
            raise

    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            clear_frames(error)
            raise

    return cast("F", awaited if inspect.iscoroutinefunction(function) else blocking)


def scrub_public_methods(cls: C) -> C:
    """Make every public method of a class ``scrub_traceback``, also those that it inherits."""
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if inspect.isfunction(member) and (name in _ENTRANCES or not name.startswith("_")):
            setattr(cls, name, scrub_traceback(member))
    return cls


def _around(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for what makes a context manager: an error of its block went through frames of the caller too."""

    @functools.wraps(function)
    @contextlib.contextmanager
    def blocking(*args: Any, **kwargs: Any) -> Generator[Any]:
        forget = clear_frames
        try:
            with function(*args, **kwargs) as value:
                forget = _clear_library_frames
                yield value
        except BaseException as error:
            del args, kwargs
            forget(error)
            raise

    return blocking


def _around_awaited(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    @contextlib.asynccontextmanager
    async def awaited(*args: Any, **kwargs: Any) -> AsyncGenerator[Any]:
        forget = clear_frames
        try:
            async with function(*args, **kwargs) as value:
                forget = _clear_library_frames
                yield value
        except BaseException as error:
            del args, kwargs
            forget(error)
            raise

    return awaited


def clear_frames(error: BaseException) -> None:
    """Clear the frames that an error went through; of an error that is not ours, but for those of the caller."""
    if isinstance(error, OmniError) or not isinstance(error, Exception):  # Ctrl-C too
        _clear(error, lambda frame: True)
    else:  # what others raise is theirs, and so are their frames
        _clear_library_frames(error)


def _clear_library_frames(error: BaseException) -> None:
    _clear(error, lambda frame: str(frame.f_globals.get("__name__")).partition(".")[0] in _LIBRARIES)


def _frames(traceback: TracebackType | None) -> Iterator[FrameType]:
    """The frames of a traceback; the module ``traceback`` has the same, and slows the start of every command."""
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _clear(error: BaseException, is_ours: Callable[[FrameType], bool]) -> None:
    """Clear the frames of an error, and of what led to it during the call."""
    known, done, led = set[FrameType](), set[int](), [error]
    while led:
        each = led.pop()
        frames = list(_frames(each.__traceback__))
        # What led to an error was caught in one of its frames; anything else the caller had met before the call.
        if id(each) in done or (done and known.isdisjoint(frames[:1])):
            continue
        done.add(id(each))
        for frame in filter(is_ours, frames):
            with contextlib.suppress(RuntimeError):  # it still runs
                frame.clear()
        members: tuple[BaseException, ...] = getattr(each, "exceptions", ())
        known.update(frames, (member.__traceback__.tb_frame for member in members if member.__traceback__))
        led += filter(None, (each.__cause__, each.__context__, *members))
