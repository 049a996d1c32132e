"""``omni doctor``: what this installation would use, and whether the API takes the key."""

import os
import platform
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from omni._operations.contract import contract
from omni.cli._connection import Command, Failure, UsageFailure, check_key, connect
from omni.cli._messages import find_proxy
from omni.cli._options import Options, example
from omni.cli._output import clean, print_json, print_line
from omni.cli._profiles import Credentials, resolve_credentials
from omni.errors import OmniError
from omni.settings import PLAIN_HTTP, Settings, is_plain_http, version

T = TypeVar("T")

_PACKAGES = ("httpx", "attrs", "anyio", "click", "rich", "starlette", "uvicorn")

Finding = dict[str, str | None]
"""A ``value``, and the ``source`` it comes from."""

_REFUSED: Finding = {"value": "asked, without success: see the error", "source": None}


@click.command(cls=Command, epilog=example("omni doctor"))
@click.option("--offline", is_flag=True, help="Send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool, offline: bool) -> None:
    """Check the setup: key, address, proxy, trust store, versions.

    If all of it can be used, the API is asked once whether it takes the key, for the figures of no leads. The key is
    never shown, so the output can be pasted into a report as it is.
    """
    options: Options = context.obj
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a client warns of is a problem already
        report, problems = _examine(options, offline=offline)
    if as_json:
        print_json(report)
    else:
        _print(report)
    for problem in problems:
        problem.show()
    context.exit(problems[0].exit_code if problems else 0)


def _examine(options: Options, *, offline: bool) -> tuple[dict[str, Any], list[Failure]]:
    """What this installation would use, and what is wrong with it."""
    problems: list[Failure] = []

    def check(look: Callable[..., T], *about: Any) -> T | None:
        try:
            return look(*about)
        except (OmniError, Failure) as error:
            problems.append(Failure.of(error) if isinstance(error, OmniError) else error)
        return None

    credentials = check(resolve_credentials, options)
    key = credentials and check(_key, credentials)
    address = credentials and check(_address, options, credentials)
    # A client is made to ask for the proxy, so this finds whatever keeps one from being made.
    proxy = address and check(find_proxy, str(address["value"]))
    if address:
        check(_check_encryption, address)
    report = {"api_key": key, "base_url": address, "proxy": proxy, "trust_store": _trust_store()}
    reason = "--offline" if offline else "--sandbox" if options.sandbox else "see the error" if problems else ""
    report["api"] = {"value": f"not asked: {reason}", "source": None} if reason else check(_ask, options) or _REFUSED
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


def _key(credentials: Credentials) -> Finding:
    check_key(credentials)
    return {"value": "set", "source": f"profile {credentials.profile}" if credentials.profile else "OMNI_API_KEY"}


def _address(options: Options, credentials: Credentials) -> Finding:
    settings = Settings.resolve(api_key="unused", base_url=credentials.base_url)
    if credentials.profile and options.base_url is None:
        return {"value": settings.base_url, "source": f"profile {credentials.profile}"}
    sources = {"base_url argument": "--base-url", "OMNI_BASE_URL environment variable": "OMNI_BASE_URL"}
    return {"value": settings.base_url, "source": sources.get(settings.base_url_source, settings.base_url_source)}


def _ask(options: Options) -> Finding:
    """A read that is documented, cheap and about nobody: of the leads that were created in no time at all."""
    now = datetime.now(UTC)
    with connect(options) as client:
        client.analytics.get(start=now, end=now)
    path = contract()["operations"]["getAnalytics"]["path"]
    return {"value": f"takes the key; it was asked GET {path}, for the figures of no leads", "source": None}


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
