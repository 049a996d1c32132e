"""What this library logs: nothing by httpx and httpcore, whose lines hold full URLs and all headers."""

import contextvars
import logging
from collections.abc import Generator
from contextlib import contextmanager

_is_suppressed: contextvars.ContextVar[bool] = contextvars.ContextVar("omni_suppress_httpx_logs", default=False)
_HTTPX_LOGGERS = ("httpx", *(f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")))


def install_log_filter() -> None:
    """Let httpx and httpcore log nothing inside ``suppress_httpx_logs()``."""
    for name in _HTTPX_LOGGERS:
        logging.getLogger(name).addFilter(_allow_record)  # the same filter again is no second filter


@contextmanager
def suppress_httpx_logs() -> Generator[None]:
    """Keep what httpx and httpcore log of our requests, full URLs and all headers of answers, out of the logs."""
    token = _is_suppressed.set(True)
    try:
        yield
    finally:
        _is_suppressed.reset(token)


def _allow_record(record: logging.LogRecord) -> bool:
    return not _is_suppressed.get()
