"""``omni doctor``: what this installation would use, without asking anyone over the network."""

import os
import platform
import re
from collections.abc import Callable
from typing import Any

import click

from omni import __version__
from omni.cli._connection import Failure, checked_key
from omni.cli._options import Options, example
from omni.cli._plain import print_json
from omni.errors import OmniError
from omni.settings import Settings

_PACKAGES = ("httpx", "attrs", "anyio", "click", "rich", "starlette", "uvicorn")

Finding = dict[str, str | None]


@click.command(epilog=example("omni doctor"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check the setup: key, address, proxy, trust store, versions.

    Nothing is sent, and the key is never shown. Paste the output into a report as it is.
    """
    options: Options = context.obj
    report, problems = _examine(options.base_url)
    if as_json:
        print_json(report)
    else:
        _print(report)
    for problem in problems:
        problem.show()
    context.exit(problems[0].exit_code if problems else 0)


def _examine(base_url: str | None) -> tuple[dict[str, Any], list[Failure]]:
    """What was found, and what is wrong, the gravest first."""
    problems: list[Failure] = []

    def tried(look: Callable[..., Finding], *about: str | None) -> Finding | None:
        try:
            return look(*about)
        except OmniError as error:
            problems.append(Failure.of(error))
        except Failure as problem:
            problems.append(problem)
        return None

    key = tried(_key)
    address = tried(_address, base_url)
    proxy = address and tried(_proxy, address["value"])
    report = {"api_key": key, "base_url": address, "proxy": proxy, "trust_store": _trust_store()}
    return {**report, "versions": _versions(), "platform": platform.platform()}, problems


def _print(report: dict[str, Any]) -> None:
    rows = {name.replace("_", " "): _words(found) for name, found in report.items() if name != "versions"}
    for name, words in (rows | report["versions"]).items():
        click.echo(f"{name:12}  {words or 'not installed'}")


def _words(found: Finding | str | None) -> str:
    if found is None:
        return "none that can be used"
    if isinstance(found, str):
        return found
    return (found["value"] or "none") + (f" (from {found['source']})" if found["source"] else "")


def _key() -> Finding:
    checked_key()
    return {"value": "set", "source": "OMNI_API_KEY"}


def _address(base_url: str | None) -> Finding:
    settings = Settings.resolve(api_key="unused", base_url=base_url)
    sources = {"base_url argument": "--base-url", "OMNI_BASE_URL environment variable": "OMNI_BASE_URL"}
    return {"value": settings.base_url, "source": sources.get(settings.base_url_source, settings.base_url_source)}


def _proxy(url: str) -> Finding:
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


def _trust_store() -> Finding:
    import certifi

    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(variable):
            return {"value": os.environ[variable], "source": variable}
    return {"value": certifi.where(), "source": "certifi"}


def _versions() -> Finding:
    return {
        "omniai-leads": __version__,
        "python": platform.python_version(),
        **{package: _version(package) for package in _PACKAGES},
    }


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
