"""Which function handles which event, and calling it: sync or async, with the client that it asks for."""

import contextlib
import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

from omni._async.client import AsyncClient
from omni._sync.client import Client
from omni._views.event import Event
from omni._views.json_values import is_a
from omni.errors import UsageError

E = TypeVar("E", bound=Event[Any])
Handler: TypeAlias = (
    Callable[[E], object]
    | Callable[[E, Client], object]
    | Callable[[E], Awaitable[object]]
    | Callable[[E, AsyncClient], Awaitable[object]]
)
H = TypeVar("H", bound=Callable[..., Any])


class Handlers:
    """The functions that handle events; a receiver closes the list when it starts, so that none can come too late."""

    def __init__(self, client: Callable[[], Client], async_client: Callable[[], AsyncClient]) -> None:
        self._by_class: dict[type[Event[Any]], Callable[..., Any]] = {}
        self._fallback: Callable[..., Any] | None = None
        self._before: Callable[..., Any] | None = None
        self._is_closed = False
        self._clients = _Clients(client, async_client)

    def register(self, event_class: type[Event[Any]], handler: Callable[..., Any]) -> None:
        """Let a function handle the events of a class; UsageError if another one does already."""
        if not (is_a(event_class, type) and Event in event_class.__mro__):
            raise UsageError("on(): give the class of an event, such as omni.webhooks.LeadCompleted.")
        if event_class in self._by_class:
            raise UsageError(f"{event_class.__name__} has a handler already: call the other function from there.")
        self._check(handler)
        self._by_class[event_class] = handler

    def register_fallback(self, handler: Callable[..., Any]) -> None:
        """Let a function handle all other events."""
        if self._fallback:
            raise UsageError("There is a fallback already: call the other function from there.")
        self._check(handler)
        self._fallback = handler

    def register_before(self, hook: Callable[..., Any]) -> None:
        """Let a function look at each event first; if it returns False, the event is not handled."""
        if self._before:
            raise UsageError("There is a hook already: call the other function from there.")
        self._check(hook)
        self._before = hook

    def close(self) -> None:
        """Take no more handlers; UsageError if there is no fallback, since events would vanish unseen."""
        if self._fallback is None:
            raise UsageError(
                "The receiver has no fallback, so that events without a handler, and events that this version does"
                " not know, would vanish unseen: decorate a function with @receiver.fallback."
            )
        self._is_closed = True

    def call(self, event: Event[Any]) -> bool:
        """Handle an event, and say whether that was done; whatever the handler raises is raised."""
        if self._before and self._call(self._before, event) is False:
            return False
        self._call(self._by_class.get(type(event)) or self._fallback, event)
        return True

    def sync_client(self) -> Client:
        """The client that sync handlers get."""
        return self._clients.sync()

    def stop(self) -> None:
        """Close the clients."""
        self._clients.close()

    def _call(self, handler: Any, event: Event[Any]) -> Any:
        wants_client = _count_arguments(handler) == 2
        if inspect.iscoroutinefunction(handler):
            return self._clients.call_async(handler, event, wants_client)
        return handler(event, self._clients.sync()) if wants_client else handler(event)

    def _check(self, handler: Callable[..., Any]) -> None:
        if self._is_closed:
            raise UsageError("The receiver has started: register all handlers before, where it is made.")
        if not callable(handler) or not _count_arguments(handler):
            raise UsageError("A handler is a function of the event, or of the event and a client.")


def _count_arguments(handler: Callable[..., Any]) -> int:
    """Whether a function takes the event, 1, or the event and a client, 2; 0 if neither."""
    for arguments in (("event",), ("event", "client")):
        with contextlib.suppress(TypeError, ValueError):  # ValueError: it is written in C, and does not say
            inspect.signature(handler).bind(*arguments)
            return len(arguments)
    return 0


class _Clients:
    """One client of each kind, made when it is first asked for; the async one has an event loop in a thread."""

    def __init__(self, client: Callable[[], Client], async_client: Callable[[], AsyncClient]) -> None:
        self._make_sync, self._make_async = client, async_client
        self._lock = threading.Lock()
        self._stack = contextlib.ExitStack()
        self._sync: Client | None = None
        self._async: AsyncClient | None = None
        self._portal: Any = None

    def sync(self) -> Client:
        with self._lock:
            if self._sync is None:
                self._sync = self._stack.enter_context(self._make_sync())
            return self._sync

    def call_async(self, handler: Any, event: Event[Any], wants_client: bool) -> Any:
        with self._lock:
            portal = self._open_portal()
            if wants_client and self._async is None:
                self._async = self._stack.enter_context(
                    portal.wrap_async_context_manager(portal.call(self._make_async))
                )
        return portal.call(handler, event, self._async) if wants_client else portal.call(handler, event)

    def _open_portal(self) -> Any:
        if self._portal is None:
            from anyio.from_thread import start_blocking_portal  # here, since most receivers have sync handlers only

            self._portal = self._stack.enter_context(start_blocking_portal())
        return self._portal

    def close(self) -> None:
        with self._lock:
            self._stack.close()
            self._sync = self._async = self._portal = None
