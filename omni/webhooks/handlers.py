"""Which function handles which event, and calling it: sync or async, with the client that it asks for."""

import contextlib
import inspect
import threading
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from omni._async.client import AsyncClient
from omni._sync.client import Client
from omni._views.event import Event, UnknownEvent
from omni._views.events import EVENT_CLASSES
from omni.errors import UsageError


class HandlerExitError(Exception):
    """A handler raised what would end an event loop, such as ``SystemExit``; it counts as failed."""


class _Handler(NamedTuple):
    """A function, and how it is called; that is found out when it is registered, and not for each event."""

    function: Callable[..., Any]
    takes_client: bool
    is_async: bool


class Handlers:
    """The functions that handle events; a receiver closes the list when it starts, so that none can come too late."""

    def __init__(self, client: Callable[[], Client], async_client: Callable[[], AsyncClient]) -> None:
        self._handlers: dict[type[Event] | Literal["fallback", "hook"], _Handler] = {}
        self._is_closed = False
        self._clients = _Clients(client, async_client)

    def register(self, event_class: type[Event], handler: Callable[..., Any]) -> None:
        """Let a function handle the events of a class; UsageError if another one does already."""
        if event_class not in (*EVENT_CLASSES, UnknownEvent):
            raise UsageError("on(): give the class of an event, such as omni.webhooks.LeadCompleted.")
        self._add(event_class, f"{event_class.__name__} has a handler", handler)

    def register_fallback(self, handler: Callable[..., Any]) -> None:
        """Let a function handle all other events."""
        self._add("fallback", "There is a fallback", handler)

    def register_before(self, hook: Callable[..., Any]) -> None:
        """Let a function look at each event first; if it returns False, the event is not handled."""
        self._add("hook", "There is a hook", hook)

    def close(self) -> None:
        """Take no more handlers; UsageError if there is no fallback, since events would vanish unseen."""
        if "fallback" not in self._handlers:
            raise UsageError(
                "The receiver has no fallback, so that events without a handler, and events that this version does"
                " not know, would vanish unseen: decorate a function with @receiver.fallback."
            )
        self._is_closed = True

    def call(self, event: Event) -> bool:
        """Handle an event, and say whether that was done; whatever the handler raises is raised."""
        hook = self._handlers.get("hook")
        if hook and self._call(hook, event) is False:
            return False
        self._call(self._handlers.get(type(event)) or self._handlers["fallback"], event)
        return True

    def sync_client(self) -> Client:
        """The client that sync handlers get."""
        return self._clients.sync()

    def stop(self) -> None:
        """Close the clients."""
        self._clients.close()

    def _add(self, place: type[Event] | Literal["fallback", "hook"], taken: str, function: Any) -> None:
        if place in self._handlers:
            raise UsageError(f"{taken} already: call the other function from there.")
        if self._is_closed:
            raise UsageError("The receiver has started: register all handlers before, where it is made.")
        inner = inspect.unwrap(function)
        if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
            raise UsageError("A handler must not yield: nothing would run it.")
        if not (_can_take(function, "event") or _can_take(function, "event", "client")):
            raise UsageError("A handler is a function of the event, or of the event and a client.")
        self._handlers[place] = _Handler(function, _takes_client(function), _is_async(inner))

    def _call(self, handler: _Handler, event: Event) -> Any:
        if handler.is_async:
            return self._clients.call_async(handler.function, event, handler.takes_client)
        result = handler.function(event, self._clients.sync()) if handler.takes_client else handler.function(event)
        # Of a function that does not look like an async one, which would otherwise never run.
        return self._clients.wait_for(result) if inspect.isawaitable(result) else result


def _can_take(function: Callable[..., Any], *arguments: str) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except (TypeError, ValueError):  # ValueError: it is written in C, and does not say
        return False
    return True


def _takes_client(function: Callable[..., Any]) -> bool:
    """Whether a second argument is needed, or is called ``client``."""
    names = [*inspect.signature(function).parameters]
    return not _can_take(function, "event") or (names[1:2] == ["client"] and _can_take(function, "event", "client"))


def _is_async(function: Any) -> bool:
    """Whether a function is async, or an object whose call is."""
    call = getattr(function, "__call__", None)  # noqa: B004 - not whether there is one
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


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

    def call_async(self, handler: Any, event: Event, wants_client: bool) -> Any:
        with self._lock:
            portal = self._open_portal()
            if wants_client and self._async is None:
                self._async = self._stack.enter_context(
                    portal.wrap_async_context_manager(portal.call(self._make_async))
                )
        arguments = (event, self._async) if wants_client else (event,)
        return portal.call(_contain_exit, handler, *arguments)

    def wait_for(self, awaitable: Any) -> Any:
        async def pass_on() -> Any:
            return await awaitable

        with self._lock:
            portal = self._open_portal()
        return portal.call(_contain_exit, pass_on)

    def _open_portal(self) -> Any:
        if self._portal is None:
            from anyio.from_thread import start_blocking_portal  # here, since most receivers have sync handlers only

            self._portal = self._stack.enter_context(start_blocking_portal())
        return self._portal

    def close(self) -> None:
        with self._lock:
            self._stack.close()
            self._sync = self._async = self._portal = None


async def _contain_exit(handler: Any, *arguments: object) -> Any:
    """Await a handler; what would end the event loop of all async handlers becomes an error of this one."""
    try:
        return await handler(*arguments)
    except Exception:
        raise
    except BaseException as error:
        raise HandlerExitError(type(error).__name__) from None
