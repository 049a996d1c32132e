"""The library's errors in terms of the command line: options for arguments, commands for methods.

Rule of this file: what an argument is called is asked of the running command, so a new option needs nothing here.
``tests/cli/test_messages.py`` walks over all messages of the library and finds those that still speak Python.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from omni.cli._output import clean
from omni.errors import APIConnectionError, APIStatusError, InvalidResponseError, OmniError, OutcomeUnknownError

USED_KEY = "omni.key"
"""Where a context keeps the key of the profile that is used."""

_MAX_SERVER_TEXT = 300

_PHRASES = (
    (r"float\('inf'\)", "inf"),
    (r"(cannot be read .*): give the path of .* can seek", r"\1: give the path of a file that may be read"),
    (r": give a tuple \(name, content\)", ": rename it"),
    (r"^start is after end\.", "start= is after end=."),
    (r", or None for all", ", or left out for all"),
    (r"a datetime, and one that there is in UTC too", "a time that there is in UTC too"),
    (r"a dict with", "an object with"),
    (r"a str, not \w+", "a text"),
    (r"True or False(, not \w+)?", "true or false"),
    (r"a list of str\b", "an array of texts"),
    (r"\bconfig\.([\w\[\]]+)", r"\1 of config="),
    (r"(within [\d.x]+ seconds|in time\b)", r"\1 (timeout=)"),
    (r", or stream the response with client\.http", ""),
    (r"client\.leads\.not_applied\(.*\) reads it and tells which of the fields it does not show\..*",
     "`omni lead show ID --json` reads it. Repeat the update only if it does not show the changes."),
    (r"client\.leads\.get\(\) before \w+\(\) again", "`omni lead show ID` before you repeat this"),
    (r"client\.leads\.action_logs\(lead_id\)", "`omni lead logs ID`"),
    (r"client\.leads\.(\w+)\(lead_id\)", r"`omni lead \1 ID`"),
    (r"^Give secret and header together",
     "Give --secret (OMNI_WEBHOOK_SECRET) and --secret-header (OMNI_WEBHOOK_HEADER) together"),
    (r"\bmatching_leads\b", "matchingLeads (`omni lead show ID --json`)"),
)  # fmt: skip
"""Patterns and their replacements; ``name=`` is an argument, which is replaced by its option afterwards."""

_ARGUMENT = re.compile(r"`(\w+)`|\b(\w+)=(?:True|…)?(?!\w)|\b(\w+_\w+)\b|^(\w+)(?= is | must | has | cannot )")
"""An argument in a message: in backticks, as ``name=``, with an underscore, or up front."""


def describe(error: OmniError) -> str:
    """All that is known of an error, line by line: what failed, the host, the server's reason, what to do next."""
    return "\n".join(_lines(error))


def _lines(error: OmniError) -> Iterator[str]:
    yield translate(str(error), error)
    yield from (translate(note) for note in getattr(error, "__notes__", ()))  # what was wrong with a file
    if isinstance(error, APIConnectionError) and error.origin:
        yield f"host: {clean(error.origin)}{_proxy_note(error.origin)}"
    if reason := _server_reason(error):
        yield f"the server said: {reason}"
    if isinstance(error, OutcomeUnknownError):
        yield f"next step: {translate(error.reconcile_hint, error)}"


def translate(text: str, error: OmniError | None = None) -> str:
    """A message of the library for somebody who typed a command."""
    typed, names = _parameters(click.get_current_context(silent=True))
    address = "OMNI_BASE_URL" if typed.get("base_url") is None else "--base-url"
    text = re.sub(r"^The base URL( \([^)]*\))?", address, text)
    text = re.sub(r"[,;] retry_after has .*?(?= \(|$)", _retry_after(error), text)
    text = re.sub(r"files\[(\d+)\]", lambda match: _file(typed, int(match[1])) or match[0], text)
    for pattern, replacement in _PHRASES:
        text = re.sub(pattern, replacement, text)
    return _ARGUMENT.sub(lambda match: names.get(next(filter(None, match.groups())), match[0]), text)


def _parameters(context: click.Context | None) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of the parameters of a command and its groups, and what each is called on the command line."""
    typed: dict[str, Any] = {}
    names: dict[str, str] = {}
    while context:
        for parameter in context.command.params:
            name = max(parameter.opts, key=len) if isinstance(parameter, click.Option) else parameter.metavar
            names.setdefault(parameter.name or "", name or "")
        typed = context.params | typed
        context = context.parent
    return typed, names


def _file(typed: Mapping[str, Any], index: int) -> str:
    """A file as it was typed."""
    files = typed.get("files", ())
    return clean(files[index]) if index < len(files) else ""


def _retry_after(error: OmniError | None) -> str:
    seconds = getattr(error, "retry_after", None)
    return "" if seconds is None else f", the server asks for {seconds:g} seconds"


def _server_reason(error: OmniError) -> str:
    """Why the server refused, only on a terminal: it may name a person, and logs are read by many."""
    if not (isinstance(error, APIStatusError | InvalidResponseError) and sys.stderr.isatty()):
        return ""
    body = error.body
    text = getattr(error, "server_message", "") or (body if isinstance(body, str) else "")
    if not text and body and isinstance(error, APIStatusError):
        text = json.dumps(body, ensure_ascii=False)
    context = click.get_current_context(silent=True)
    for key in filter(None, (os.environ.get("OMNI_API_KEY"), context and context.meta.get(USED_KEY))):
        text = text.replace(key, "***")
    text = " ".join(clean(text[: 10 * _MAX_SERVER_TEXT]).split())
    return text if len(text) <= _MAX_SERVER_TEXT else text[: _MAX_SERVER_TEXT - 1] + "…"


def _proxy_note(origin: str) -> str:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""
    try:
        proxy = find_proxy(origin)
    except OmniError:
        return ""
    return f", through the proxy {proxy['value']} (from {proxy['source']})" if proxy["value"] else ""


def find_proxy(url: str) -> dict[str, str | None]:
    """The proxy that httpx picks for a URL, and the variable that sets it; UsageError if no client can be made.

    httpx itself is asked, since its rules are not those of urllib.
    """
    import urllib.request

    import omni

    with omni.Client(api_key="unused", base_url=url) as client:
        routes = client.http._mounts.items()
        route = next((route for route in routes if route[0].matches(client.http.base_url)), None)
    if route is None:
        return {"value": None, "source": None}
    scheme = "no" if route[1] is None else route[0].scheme or "all"
    setting = urllib.request.getproxies()[scheme]
    variables = (name for name, value in os.environ.items() if name.lower() == f"{scheme}_proxy" and value == setting)
    return {
        "value": None if scheme == "no" else _mask_user(setting),
        "source": next(variables, "the system's settings"),
    }


def _mask_user(proxy: str) -> str:
    """The scheme, host and port of a proxy."""
    import httpx

    url = httpx.URL(proxy if "://" in proxy else f"http://{proxy}")  # as httpx reads it
    return f"{url.scheme}://{'***@' if url.userinfo else ''}{url.netloc.decode()}"
