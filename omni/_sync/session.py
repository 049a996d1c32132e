# Derived from omni/_async/session.py by tools/unasync.py, do not edit.
"""Sends one operation for a resource, decodes its response, and reports differences to ``observe``."""

from typing import Any, TypeVar

import httpx

from omni._sync.http import HTTP
from omni._fork_safety import fork_lock
from omni._operations.difference import Observe
from omni._operations.operation import Operation
from omni._transport.call import NO_LIMIT
from omni._transport.failures import is_of_callback
from omni.errors import OutcomeUnknownError

T = TypeVar("T")


class Session:
    """The connections of one client, and what it does with each operation."""

    def __init__(self, http: HTTP, observe: Observe | None) -> None:
        self.http = http
        self.observe = observe

    @property
    def timeout(self) -> float:
        """The seconds of a whole call."""
        return max(filter(None, self.http.timeout.as_dict().values()), default=NO_LIMIT)

    def with_timeout(self, seconds: float | None) -> "Session":
        """The same with another deadline for each call; None is the one of the client."""
        return Session(self.http.with_options(timeout=seconds), self.observe)

    def call(self, operation: Operation[T], id: str | None = None, *, hint: str = "", **arguments: Any) -> T:
        """Send one operation of the API with these arguments and decode its response.

        ``id`` is the one that the response must be about; the default is the id in the path. ``hint`` is another
        ``reconcile_hint`` than the operation's own.
        """
        id = id or arguments.get(operation.id_argument)
        parts = operation.request(**arguments)
        if operation.method == "GET" and len(parts) == 2:  # nothing but method and URL
            response, content = self.http._get_content(parts["url"], operation.path)
            return self._result(operation, response, content, id)
        return self.send(operation, self.http.build_request(**parts), id, hint=hint)

    def send(
        self, operation: Operation[T], request: httpx.Request, id: str | None = None, *, hint: str = ""
    ) -> T:
        """Send a request of an operation and decode its response."""
        try:
            response = self.http.send(request)
            return self._result(operation, response, response.content, id)
        except OutcomeUnknownError as error:
            if not is_of_callback(error):  # what that raises stays as it is
                error.reconcile_hint = hint or operation.reconcile_hint
            raise

    def _result(self, operation: Operation[T], response: httpx.Response, content: bytes, id: str | None) -> T:
        if self.observe is not None and response.is_success:
            self._tell_observer(self.observe, operation, response, content)
        return operation.result(response, content, id)

    def _tell_observer(
        self, observe: Observe, operation: Operation[Any], response: httpx.Response, content: bytes
    ) -> None:
        with fork_lock:
            from omni._operations import drift

        if found := drift.body_differences(content, operation.path, response.extensions["omni"].method):
            observe(operation.path, found)
