"""A span of OpenTelemetry for each call, with an event for each attempt; loaded if the program loaded OpenTelemetry.

Nothing personal is in a span: the path is a template, and there is no query, no header and no body. The attributes are
those of OpenTelemetry's conventions for HTTP, so that dashboards know them.
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry import trace

from omni.settings import version


class CallSpan:
    """The span of one call: current while its attempts are made, so that spans of httpx are its children."""

    _shown: int | str = ""
    """How the last attempt ended; empty before there was one."""

    def __init__(self, method: str, path: str, server: Mapping[str, str | int]) -> None:
        attributes = {"http.request.method": method, "url.template": path, **server}
        tracer = trace.get_tracer("omni", version())
        self._scope = tracer.start_as_current_span(
            f"{method} {path}",
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,  # its text may quote the server
            set_status_on_exception=False,
        )

    def __enter__(self) -> None:
        self._span = self._scope.__enter__()

    def add_attempt(self, number: int, shown: int | str, seconds: float) -> None:
        """Note the end of an attempt, by its status or the class of its error; the last one is the span's result."""
        name = "http.response.status_code" if isinstance(shown, int) else "error.type"
        self._span.add_event("attempt", {"attempt": number, name: shown, "seconds": seconds})
        self._span.set_attribute("http.request.resend_count", number - 1)
        self._shown = shown

    def __exit__(self, kind: type[BaseException] | None, *others: Any) -> None:
        shown = self._shown or getattr(kind, "__name__", "")
        if isinstance(shown, int):
            self._span.set_attribute("http.response.status_code", shown)
        if not isinstance(shown, int) or shown >= 400:
            self._span.set_attribute("error.type", str(shown))
            self._span.set_status(trace.StatusCode.ERROR)
        self._scope.__exit__(kind, *others)
