"""One operation of the API: how a request for it is built, and how its response is read.

Path, method, parameters and whether a success has a body come from the contract, by ``operationId``.
"""

import json
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import httpx

from omni._operations.contract import contract, snake_case
from omni._operations.ids import check_ids, checked_id
from omni._operations.response_errors import status_error, unreadable_error
from omni._views.base import MismatchError, View
from omni._views.json_values import as_dict, as_views, is_a, read_json, str_or_none

T = TypeVar("T")
V = TypeVar("V", bound=View[Any])

_ARGUMENTS = {"query": "params", "header": "headers", "cookie": "cookies"}  # of httpx, by the place of a parameter


class Operation(Generic[T]):
    """One operation of the API: how it is sent, and what its response is read as."""

    def __init__(
        self,
        operation_id: str,
        read: Callable[[Any], T],
        *,
        ids: Callable[[T], Iterable[object]] = lambda result: (),
        reconcile_hint: str = "",
    ) -> None:
        """``ids`` gives where a response repeats the id that was asked for; what is no text there is passed over."""
        description = contract()["operations"][operation_id]
        self.id = operation_id
        self.method: str = description["method"].upper()
        self.path: str = description["path"]
        self.parameters: dict[str, Any] = {snake_case(name): name for name in description["parameters"]}
        self._places = {name: facts["in"] for name, facts in description["parameters"].items()}
        ids_in_path = [name for name, wire_name in self.parameters.items() if self._places[wire_name] == "path"]
        self.id_argument = ids_in_path[-1] if ids_in_path else ""
        """The argument whose id a response is about: the last one in the path."""
        self.has_response_body = description["success"]["schema"] is not None
        self.read = read
        self.ids = ids
        self.reconcile_hint = reconcile_hint

    def with_reader(self, read: Callable[[Any], T]) -> "Operation[T]":
        """The same operation, whose response is read by another function."""
        return Operation(self.id, read, ids=self.ids, reconcile_hint=self.reconcile_hint)

    def request(self, *, body: Any = None, **arguments: Any) -> dict[str, Any]:
        """The request's arguments for httpx; UsageError for an id that cannot be one.

        ``body`` is sent as JSON if it is a dict, else it has a ``to_multipart()``.
        """
        request: dict[str, Any] = {"method": self.method, "url": self.path}
        for name, value in arguments.items():
            wire_name = self.parameters[name]
            if self._places[wire_name] == "path":
                quoted = urllib.parse.quote(checked_id(name, value), safe="")
                request["url"] = request["url"].replace(f"{{{wire_name}}}", quoted)
            elif value is not None:
                place = _ARGUMENTS[self._places[wire_name]]
                is_text = place == "params" or isinstance(value, str)
                request.setdefault(place, {})[wire_name] = value if is_text else json.dumps(value)
        if body is not None:
            request |= {"json": body} if isinstance(body, dict) else {"files": body.to_multipart()}
        return request

    def result(self, response: httpx.Response, content: bytes, id: object = None) -> T:
        """The response with this body as a view; APIStatusError or InvalidResponseError if it cannot be read as one.

        ``id`` is a second line of defence: should the response to another call ever come, about another id than the
        one that was asked for, it must not pass for this one's.
        """
        if not response.is_success:
            raise status_error(response, content)
        try:
            result = self.read(self._json(content))
            if id is not None:
                check_ids(self.ids(result), id)
            return result
        except MismatchError as error:
            problem = f"the body is not what the contract says: {error}"
        except (ValueError, RecursionError):
            problem = "the body is not JSON"
        # Here, so that it does not lead to an error that holds the body.
        raise unreadable_error(response, content, problem)

    def _json(self, content: bytes) -> Any:
        """The JSON of a success; None where the contract has none and nothing readable came."""
        try:
            data = read_json(content)
        except (ValueError, RecursionError):
            if self.has_response_body:
                raise
            return None
        if is_a(data, dict) and data.get("success") is False:
            raise MismatchError("it says that it did not succeed")
        return data


def read_nothing(data: Any) -> None:
    """Read a success that has no body."""


def read_object(kind: type[V], *, inside: str = "", any_of: Iterable[str] = ()) -> Callable[[Any], V]:
    """Read the object that the response is, or has under a key, as a view; it has an id, or one of these keys."""
    needed = " or ".join(any_of) or "its id"

    def read(data: Any) -> V:
        found = as_dict(as_dict(data).get(inside) if inside else data)
        if not (found.keys() & {*any_of} if any_of else str_or_none(found.get("id"))):
            raise MismatchError(f"{kind.__name__}: expected a JSON object with {needed}.")
        return kind._from_json(found)

    return read


def read_array(kind: type[V]) -> Callable[[Any], tuple[V, ...]]:
    """Read each object in the array that the response is as a view."""

    def read(data: Any) -> tuple[V, ...]:
        if not isinstance(data, list):
            raise MismatchError(f"{kind.__name__}: expected a JSON array.")
        return as_views(kind, data)

    return read
