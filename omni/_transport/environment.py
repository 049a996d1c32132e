"""Proxies and certificates from the environment: errors name the variable that is wrong, and never show its value.

Loaded only if there is a proxy, a list of networks or an error.
"""

import ipaddress
import os
import re
import urllib.request
from pathlib import Path
from typing import Any

import httpx

from omni.errors import UsageError


class Network:
    """A network in ``NO_PROXY`` as a URL pattern: httpx's own takes ``10.0.0.0/8`` for a host and fails on IPv6."""

    scheme = ""

    def __init__(self, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
        self._network = network

    def matches(self, url: httpx.URL) -> bool:
        """Whether the URL's host is an address in this network."""
        try:
            return ipaddress.ip_address(url.host) in self._network
        except ValueError:
            return False


def check_routes(routes: dict[str, Any]) -> tuple[dict[Network, None], dict[str, Any]]:
    """The networks among httpx's routes, which bypass the proxy, and the other routes.

    Raises ValueError if a proxy has no valid address, and OSError if no folder in ``SSL_CERT_DIR`` exists, which
    otherwise nobody would notice before the first call.
    """
    folders = "" if os.environ.get("SSL_CERT_FILE") else os.environ.get("SSL_CERT_DIR", "")
    if folders and not any(Path(folder).is_dir() for folder in folders.split(os.pathsep)):
        raise NotADirectoryError
    networks: dict[Network, None] = {}
    others: dict[str, Any] = {}
    for pattern, proxy in routes.items():
        host = re.sub(r"^\[([^]]*)](?=/|$)", r"\1", re.sub(r"^all://\*?", "", pattern))
        try:
            networks[Network(ipaddress.ip_network(host, strict=False))] = None
        except ValueError:
            others[pattern] = proxy
        if proxy is not None and not _is_proxy(proxy):
            raise ValueError("no host, or no port")
    return networks, others


def _is_proxy(proxy: httpx.Proxy) -> bool:
    port = 1 if proxy.url.port is None else proxy.url.port
    return re.fullmatch(rb"[\w.:-]+", proxy.url.raw_host) is not None and 0 < port < 1 << 16


def environment_error(error: Exception) -> UsageError:
    """An error that names the variable on which httpx failed, and the repair."""
    if isinstance(error, OSError):
        if error.filename and error.filename == os.environ.get("SSLKEYLOGFILE"):
            name = type(error).__name__
            return UsageError(f"SSLKEYLOGFILE cannot be written ({name}): set another path, or unset it.")
        file = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "The package certifi")
        return UsageError(f"{file} has no certificates that can be read ({type(error).__name__}): set another path.")
    for scheme in ("http", "https", "all"):
        value = urllib.request.getproxies().get(scheme, "")
        name = _variable(f"{scheme}_proxy", value)
        if isinstance(error, ImportError) and value.startswith("socks"):
            return UsageError(f"{name} is a SOCKS proxy, which needs another package: pip install 'httpx[socks]'.")
        try:
            is_proxy = not value or _is_proxy(httpx.Proxy(value if "://" in value else f"http://{value}"))
        except (ValueError, httpx.InvalidURL):
            is_proxy = False
        if not is_proxy:
            return UsageError(f"{name} is not the address of a proxy: set http://host:port, or unset it.")
    name = _variable("no_proxy", urllib.request.getproxies().get("no", ""))
    return UsageError(f"{name} has an entry that is not a host, address or network: leave out brackets and scheme.")


def _variable(name: str, value: str) -> str:
    names = (variable for variable, text in os.environ.items() if variable.lower() == name and text == value)
    return next(names, f"The system's setting for {name}")
