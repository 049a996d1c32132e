"""Keeping the log lines of httpx and httpcore, which hold full URLs and all headers, out of the logs."""

import contextvars
import logging
from collections.abc import Generator
from contextlib import contextmanager

_is_suppressed: contextvars.ContextVar[bool] = contextvars.ContextVar("omni_suppress_httpx_logs", default=False)
_HTTPX_LOGGERS = ("httpx", *(f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")))


def install_log_filter() -> None:
    """Prepare the loggers of httpx and httpcore for ``suppress_httpx_logs()``."""
    for name in _HTTPX_LOGGERS:
        logging.getLogger(name).addFilter(_allow_record)  # adding the same filter again has no effect


@contextmanager
def suppress_httpx_logs() -> Generator[None]:
    """Let httpx and httpcore log nothing inside this block; other requests of the program are logged as ever."""
    token = _is_suppressed.set(True)
    try:
        yield
    finally:
        _is_suppressed.reset(token)


def _allow_record(record: logging.LogRecord) -> bool:
    return not _is_suppressed.get()
