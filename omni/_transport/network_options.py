"""The options of a client for its network (proxy, certificates, HTTP/2, limits), checked, and as arguments of httpx."""

import contextlib
import functools
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import httpx

from omni.errors import UsageError


class SharedContext(ssl.SSLContext):
    """A context that reads its certificates when the first connection needs them.

    That takes 18 ms, which a client of ``http://`` never pays, and the second client of a program does not pay again.
    """

    _make: Callable[[], ssl.SSLContext]

    @functools.cached_property
    def loaded(self) -> ssl.SSLContext:
        """The context with its certificates."""
        return self._make()

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        """Nothing to do: httpcore sets the same before each connection, and they are set when it is loaded."""

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        """TLS over a socket."""
        return self.loaded.wrap_socket(*args, **options)

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """TLS over buffers."""
        return self.loaded.wrap_bio(*args, **options)


def network_options(
    *, proxy: Any, verify: Any, cert: Any, http2: bool, limits: Any, is_own_transport: bool
) -> dict[str, Any]:
    """These options of a client as arguments of httpx; UsageError if one is invalid, or is for another transport.

    Raises OSError if the certificates of the environment cannot be read.
    """
    if is_own_transport:
        is_given = {"proxy": proxy is not None, "cert": cert is not None, "limits": limits is not None}
        is_given |= {"verify": verify is not True, "http2": http2}
        if name := next((name for name, is_one in is_given.items() if is_one), ""):
            raise UsageError(f"{name} has no effect beside a transport of your own: give it to that transport.")
        return {}
    if limits is not None and not isinstance(limits, httpx.Limits):
        raise UsageError("limits must be an httpx.Limits.")
    if http2:
        _require("h2", "http2=True needs another package: pip install 'httpx[http2]'.")
    options: dict[str, Any] = {"http2": bool(http2), "verify": _context(verify, cert, bool(http2))}
    options |= {"limits": limits} if limits else {}
    return options | ({"proxy": _checked_proxy(proxy)} if proxy is not None else {})


def _require(module: str, repair: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise UsageError(repair)


def _checked_proxy(proxy: Any) -> httpx.Proxy:
    checked = None
    with contextlib.suppress(ValueError, TypeError, AttributeError, httpx.InvalidURL):
        checked = proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    if checked is None or not checked.url.host or not 0 < (checked.url.port or 1) < 1 << 16:
        # Without its value, which may hold a password.
        raise UsageError("proxy is not the address of a proxy: give http://host:port, https://… or socks5://…")
    if checked.url.scheme.startswith("socks"):
        _require("socksio", "proxy is a SOCKS proxy, which needs another package: pip install 'httpx[socks]'.")
    return checked


def _context(verify: Any, cert: Any, http2: bool) -> ssl.SSLContext:
    """The context for these arguments; where they are the defaults, the one that all clients share."""
    if isinstance(verify, ssl.SSLContext):
        if cert is not None:
            raise UsageError("cert has no effect beside a context: call verify.load_cert_chain(…) instead.")
        return verify
    if verify is True and cert is None:
        name = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "")
        path = os.environ.get(name) or certifi.where()
        version = 0 if name == "SSL_CERT_DIR" else Path(path).stat().st_mtime_ns
        shared = _shared(name, path, version, os.environ.get("SSLKEYLOGFILE"), http2)
        if name or os.environ.get("SSLKEYLOGFILE"):  # what a person wrote is tried at once
            shared.loaded  # noqa: B018
        return shared
    try:
        context = _made(verify)
    except (OSError, TypeError, ValueError) as error:
        reason = type(error).__name__
        raise UsageError(f"verify has no certificates that can be read ({reason}): give another path.") from None
    if cert is not None:
        try:
            is_one_file = issubclass(type(cert), str) or hasattr(cert, "__fspath__")
            context.load_cert_chain(*([cert] if is_one_file else cert))
        except (OSError, TypeError, ValueError) as error:
            reason = type(error).__name__
            raise UsageError(f"cert cannot be read ({reason}): give (certificate, key) or one file of both.") from None
    return context


def _made(verify: Any) -> ssl.SSLContext:
    if isinstance(verify, bool):
        return httpx.create_ssl_context(verify=verify)
    if Path(verify).is_dir():
        return ssl.create_default_context(capath=verify)
    return ssl.create_default_context(cafile=verify)


@functools.lru_cache(maxsize=8)
def _shared(name: str, path: str, version: int, key_log: str | None, http2: bool) -> SharedContext:
    """One for each trust store; a changed file is another one."""
    shared = SharedContext(ssl.PROTOCOL_TLS_CLIENT)

    def make() -> ssl.SSLContext:
        file, folder = (None, path) if name == "SSL_CERT_DIR" else (path, None)
        context = ssl.create_default_context(cafile=file, capath=folder)
        context.set_alpn_protocols(["http/1.1", "h2"] if http2 else ["http/1.1"])
        return context

    shared._make = make
    return shared
