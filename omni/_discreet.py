"""Errors that tell nothing by the frames they went through: tools that report tracebacks show the locals of each."""

import functools
import inspect
import traceback
from collections.abc import Callable
from typing import Any, TypeVar, cast

from omni.errors import OmniError

F = TypeVar("F", bound=Callable[..., Any])


def discreet(function: F) -> F:
    """Leave no data in the frames that an error went through.

    The lines stay. What is left is in the frames of the caller, who knew it before.
    """

    @functools.wraps(function)
    def blocking(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            _forget_locals(error)
            raise

    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            _forget_locals(error)
            raise

    return cast("F", awaited if inspect.iscoroutinefunction(function) else blocking)


def _forget_locals(error: BaseException) -> None:
    if isinstance(error, OmniError) or not isinstance(error, Exception):  # Ctrl-C too; what others raise is theirs
        traceback.clear_frames(error.__traceback__)
