"""``--verbose``: each attempt of a request on stderr, as the library logs it, without ids, keys and contents."""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager

import click

from omni.cli._output import clean


class _Attempts(logging.Handler):
    """Prints a line for each attempt; one that is not the first says what it repeats."""

    def __init__(self) -> None:
        super().__init__()
        self._last = threading.local()  # the attempts of one call are in one thread

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "omni" or not isinstance(record.args, tuple):  # omni.webhooks logs events
            return
        _, _, outcome, _, attempt = record.args
        reason = f", a retry after {self._last.outcome}" if attempt != 1 else ""
        self._last.outcome = outcome
        click.echo(clean(record.getMessage() + reason), err=True)


@contextmanager
def shown_attempts() -> Generator[None, None, None]:
    """Print attempts until the end."""
    logger, handler = logging.getLogger("omni"), _Attempts()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
