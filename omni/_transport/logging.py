"""Keeping the log lines of httpx and httpcore, which hold full URLs and all headers, out of the logs."""

import contextvars
import logging
import os

from omni.errors import UsageError

_is_suppressed: contextvars.ContextVar[bool] = contextvars.ContextVar("omni_suppress_httpx_logs", default=False)
_HTTPX_LOGGERS = ("httpx", *(f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")))


def log_as_environment_says() -> None:
    """Show the lines of ``omni`` from the level that ``OMNI_LOG`` names, such as ``debug``, on stderr if nowhere else.

    Raises UsageError if it is no level.
    """
    if not (name := os.environ.get("OMNI_LOG")):
        return
    level = logging.getLevelNamesMapping().get(name.upper())
    if level is None:
        raise UsageError("OMNI_LOG is not the name of a level: set debug, info or warning, or unset it.")
    logging.basicConfig()  # does nothing where the program has set up logging
    logging.getLogger("omni").setLevel(level)


def install_log_filter() -> None:
    """Prepare the loggers of httpx and httpcore for ``suppress_httpx_logs()``."""
    for name in _HTTPX_LOGGERS:
        logging.getLogger(name).addFilter(_allow_record)  # adding the same filter again has no effect


class suppress_httpx_logs:  # noqa: N801 - used as a function; as a generator it would take four times as long
    """Let httpx and httpcore log nothing inside this block; other requests of the program are logged as ever."""

    def __enter__(self) -> None:
        self._token = _is_suppressed.set(True)

    def __exit__(self, *exc_info: object) -> None:
        _is_suppressed.reset(self._token)


def _allow_record(record: logging.LogRecord) -> bool:
    return not _is_suppressed.get()
