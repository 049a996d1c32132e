"""What operators watch: counters, the time of responses, and the silence since the last delivery."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any

LOG = logging.getLogger("omni.webhooks")

OUTCOMES = ("accepted", "duplicate", "refused", "unavailable", "unknown", "handled", "skipped", "failed", "dead")
"""Of deliveries: accepted, duplicate, refused, or unavailable, which is answered 503 and comes again; accepted ones of
unknown events are also counted as unknown. Of handling: handled, skipped by the hook, failed, which is tried again, and
dead."""
SLOW_SECONDS = 4.0
"""The service waits five seconds for the response."""


class Signals:
    """Numbers of one receiver in this process.

    Each change is also a line on the logger ``omni.webhooks`` and, where the API of OpenTelemetry is installed, a
    metric. They have the key of an event or its name, and nothing personal.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._counts: Counter[str] = Counter()
        self._started_at, self._last_at = clock(), 0.0
        self._slowest = 0.0
        self._instruments = _make_instruments(self)

    @property
    def counts(self) -> dict[str, int]:
        """How often each of ``OUTCOMES`` happened since the start of this process."""
        with self._lock:
            return {outcome: self._counts[outcome] for outcome in OUTCOMES}

    @property
    def slowest_response(self) -> float:
        """The seconds of the slowest response; the service gives up after five."""
        return self._slowest

    @property
    def has_received(self) -> bool:
        """Whether a delivery has come to this process that was not refused."""
        return bool(self._last_at)

    @property
    def seconds_since_last_delivery(self) -> float:
        """Since the last delivery that was not refused, or the start; a webhook that was switched off is silent."""
        return max(0.0, self._clock() - (self._last_at or self._started_at))

    def count(self, outcome: str, event: str, detail: str = "") -> None:
        """Count one outcome; the event is its key, or its name, or empty."""
        with self._lock:
            self._counts[outcome] += 1
            if outcome in ("accepted", "duplicate"):
                self._last_at = self._clock()
        level = logging.WARNING if outcome in ("refused", "unavailable", "failed", "dead") else logging.INFO
        LOG.log(level, "webhook %s %s%s", outcome, event or "-", f": {detail}" if detail else "")
        if self._instruments:
            self._instruments[0].add(1, {"outcome": outcome, "event": event.partition(":")[0]})

    def time_response(self, seconds: float) -> None:
        """Note how long a response took."""
        with self._lock:
            self._slowest = max(self._slowest, seconds)
        if seconds > SLOW_SECONDS:
            LOG.warning("webhook response took %.1f s; the service gives up after 5", seconds)
        if self._instruments:
            self._instruments[1].record(seconds)


def _make_instruments(signals: Signals) -> Any:
    """A counter and a histogram of OpenTelemetry, beside a gauge that reads itself; None without its API."""
    try:
        metrics: Any = import_module("opentelemetry.metrics")
    except ImportError:
        return None
    meter = metrics.get_meter("omni.webhooks")

    def observe(options: Any) -> Any:
        # Nothing from a process that only works: it would say for ever that nothing comes.
        seconds = signals.seconds_since_last_delivery
        return [metrics.Observation(seconds)] if signals.has_received else []

    meter.create_observable_gauge("omni.webhooks.since_last_delivery", [observe], unit="s")
    counter = meter.create_counter("omni.webhooks.events")
    return counter, meter.create_histogram("omni.webhooks.response.duration", unit="s")
