"""``omni doctor``: what this installation would use, without asking anyone over the network."""

import os
import platform
import warnings
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from omni.cli._connection import Failure, WrongCall, checked_key
from omni.cli._options import Options, example
from omni.cli._plain import clean, print_json, say
from omni.cli._proxy import Finding, proxy_of
from omni.errors import OmniError, UsageError
from omni.settings import Settings, is_plain_http, version

_PACKAGES = ("httpx", "attrs", "anyio", "click", "rich", "starlette", "uvicorn")

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

_VARIABLES = (*_PROXIES, *map(str.lower, _PROXIES), "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
"""What httpx and Python's ``ssl`` read of the environment."""


@click.command(epilog=example("omni doctor"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check the setup: key, address, proxy, trust store, versions.

    Nothing is sent, and the key is never shown. Paste the output into a report as it is.
    """
    options: Options = context.obj
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the clients that are made here warn of is a problem already
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

    def tried(look: Callable[..., Finding | None], *about: Any) -> Finding | None:
        try:
            return look(*about)
        except OmniError as error:
            problems.append(Failure.of(error))
        except Failure as problem:
            problems.append(problem)
        return None

    key = tried(_key)
    address = tried(_address, base_url)
    trust_store = tried(_trust_store)
    proxy = address and trust_store and tried(_usable_proxy, address)  # no client can be made without it
    if address:
        tried(_check_secrecy, address)
    report = {"api_key": key, "base_url": address, "proxy": proxy, "trust_store": trust_store}
    return {**report, "versions": _versions(), "platform": platform.platform()}, problems


def _print(report: dict[str, Any]) -> None:
    rows = {name.replace("_", " "): _words(found) for name, found in report.items() if name != "versions"}
    for name, words in (rows | report["versions"]).items():
        say(f"{name:12}  {clean(words) or 'not installed'}")


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


def _check_secrecy(address: Finding) -> None:
    if is_plain_http(str(address["value"])):
        raise WrongCall(
            f"The base URL (from {address['source']}) begins with http://, so the API key and all that is sent can be"
            " read on the way: use https://."
        )


def _usable_proxy(address: Finding) -> Finding:
    """The proxy for the address, once both kinds of client can be made; else what is in the way is named."""
    url = str(address["value"])
    try:
        found = proxy_of(url)
        _make_async_client(url)
    except UsageError as error:
        culprits = [name for name in _VARIABLES if os.environ.get(name) and not _can_be_made(url, [name])]
        if not _can_be_made(url, []):
            culprits = [f"The base URL (from {address['source']})"]
        unnamed = [name for name in culprits if not str(error).startswith(name)]
        raise WrongCall(f"{' and '.join(unnamed)}: mend or unset it. {error}" if unnamed else str(error)) from error
    return found


def _can_be_made(url: str, variables: Iterable[str]) -> bool:
    """Whether there can be a client with these variables only."""
    try:
        with _only(variables):
            proxy_of(url)
    except UsageError:
        return False
    return True


@contextmanager
def _only(variables: Iterable[str]) -> Generator[None, None, None]:
    """An environment with some of the variables that httpx reads."""
    others = {name: os.environ.pop(name) for name in {*_VARIABLES} - {*variables} if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(others)


def _make_async_client(url: str) -> None:
    import anyio

    import omni

    async def make() -> None:
        async with omni.AsyncClient(api_key="unused", base_url=url):
            pass

    anyio.run(make)


def _trust_store() -> Finding:
    import certifi

    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if path := os.environ.get(variable):
            # Of a folder that is not there, Python's ssl says nothing; there may be several.
            if not any(Path(each).exists() for each in [path, *path.split(os.pathsep)]):
                raise WrongCall(f"{variable} names nothing that is there, so no certificate can be checked.")
            return {"value": path, "source": variable}
    return {"value": certifi.where(), "source": "certifi"}


def _versions() -> Finding:
    return {
        "omniai-leads": version(),
        "python": platform.python_version(),
        **{package: _version(package) for package in _PACKAGES},
    }


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
