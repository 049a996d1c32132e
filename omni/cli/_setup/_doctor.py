"""``omni doctor``: what this installation would use, without sending anything."""

import os
import platform
import warnings
from collections.abc import Callable
from typing import Any

import click

from omni.cli._connection import Command, Failure, UsageFailure, check_key
from omni.cli._messages import find_proxy
from omni.cli._options import Options, example
from omni.cli._output import clean, print_json, print_line
from omni.errors import OmniError
from omni.settings import PLAIN_HTTP, Settings, is_plain_http, version

_PACKAGES = ("httpx", "attrs", "anyio", "click", "rich", "starlette", "uvicorn")

Finding = dict[str, str | None]
"""A ``value``, and the ``source`` it comes from."""


@click.command(cls=Command, epilog=example("omni doctor"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check the setup: key, address, proxy, trust store, versions.

    Nothing is sent, and the key is never shown, so the output can be pasted into a report as it is.
    """
    options: Options = context.obj
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a client warns of is a problem already
        report, problems = _examine(options.base_url)
    if as_json:
        print_json(report)
    else:
        _print(report)
    for problem in problems:
        problem.show()
    context.exit(problems[0].exit_code if problems else 0)


def _examine(base_url: str | None) -> tuple[dict[str, Any], list[Failure]]:
    """What this installation would use, and what is wrong with it."""
    problems: list[Failure] = []

    def check(look: Callable[..., Finding | None], *about: Any) -> Finding | None:
        try:
            return look(*about)
        except OmniError as error:
            problems.append(Failure.of(error))
        except Failure as problem:
            problems.append(problem)
        return None

    key = check(_key)
    address = check(_address, base_url)
    # A client is made to ask for the proxy, so this finds whatever keeps one from being made.
    proxy = address and check(find_proxy, str(address["value"]))
    if address:
        check(_check_encryption, address)
    report = {"api_key": key, "base_url": address, "proxy": proxy, "trust_store": _trust_store()}
    return {**report, "versions": _versions(), "platform": platform.platform()}, problems


def _print(report: dict[str, Any]) -> None:
    rows = {name.replace("_", " "): _describe(finding) for name, finding in report.items() if name != "versions"}
    for name, text in (rows | report["versions"]).items():
        print_line(f"{name:12}  {clean(text) or 'not installed'}")


def _describe(finding: Finding | str | None) -> str:
    if finding is None:
        return "none that can be used"
    if isinstance(finding, str):
        return finding
    return (finding["value"] or "none") + (f" (from {finding['source']})" if finding["source"] else "")


def _key() -> Finding:
    check_key()
    return {"value": "set", "source": "OMNI_API_KEY"}


def _address(base_url: str | None) -> Finding:
    settings = Settings.resolve(api_key="unused", base_url=base_url)
    sources = {"base_url argument": "--base-url", "OMNI_BASE_URL environment variable": "OMNI_BASE_URL"}
    return {"value": settings.base_url, "source": sources.get(settings.base_url_source, settings.base_url_source)}


def _check_encryption(address: Finding) -> None:
    if is_plain_http(str(address["value"])):
        raise UsageFailure(PLAIN_HTTP.format(source=f"from {address['source']}"))


def _trust_store() -> Finding:
    import certifi

    variables = (name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))
    variable = next(variables, None)
    return {"value": os.environ[variable] if variable else certifi.where(), "source": variable or "certifi"}


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
