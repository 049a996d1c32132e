"""Which proxy the environment puts in front of an address, and which variable says so."""

import os
import re

Finding = dict[str, str | None]
"""A ``value``, and the ``source`` that it came from."""


def proxy_of(url: str) -> Finding:
    """The proxy that httpx picks for the URL: it is asked, since its rules are not those of urllib."""
    import urllib.request

    import omni

    with omni.Client(api_key="unused", base_url=url) as client:
        routes = client.http._mounts.items()
        route = next((found for found in routes if found[0].matches(client.http.base_url)), None)
    if route is None:
        return {"value": None, "source": None}
    scheme = "no" if route[1] is None else route[0].scheme or "all"
    setting = urllib.request.getproxies()[scheme]
    return {"value": None if scheme == "no" else _masked(setting), "source": _variable(f"{scheme}_proxy", setting)}


def _masked(proxy: str) -> str:
    scheme, separator, rest = proxy.partition("://")
    if not separator:
        scheme, rest = "http", proxy  # as httpx reads it
    _, at, host = rest.rpartition("@")
    return f"{scheme}://{'***@' if at else ''}{re.split('[/?#]', host)[0]}"


def _variable(name: str, setting: str) -> str:
    found = (each for each, value in os.environ.items() if each.lower() == name and value == setting)
    return next(found, "the system's settings")
