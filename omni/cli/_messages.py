"""The errors of the library in the words of the command line: options for arguments, commands for methods.

Rule of this file: what an argument is called is asked of the command that runs, so an option that is added to it needs
nothing here. ``tests/cli/test_messages.py`` walks over all texts of the library and finds what still speaks Python.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from omni.cli._plain import clean
from omni.errors import APIConnectionError, APIStatusError, InvalidResponseError, OmniError, OutcomeUnknownError

_MOST_SERVER_WORDS = 300

_PHRASES = (
    (r"float\('inf'\)", "inf"),
    (r"\bpass api_key=… or ", ""),
    (r": pass it as issued", ": set it as issued"),
    (r"\bpass (\w+)=True", r"add \1=True"),
    (r"(cannot be read .*): give the path of .* can seek", r"\1: give the path of a file that may be read"),
    (r": give a tuple \(name, content\)", ": rename it"),
    (r"^start is after end\.", "start= is after end=."),
    (r", or None for all", ", or left out for all"),
    (r"a datetime, and one that there is in UTC too", "a time that there is in UTC too"),
    (r"a dict with a code", "CODE=VALUE with a code"),
    (r"a dict with", "an object with"),
    (r"a str or None, not \w+", "a text or null"),
    (r"True or False, not \w+", "true or false"),
    (r"a list of str;.*", "an array of texts."),
    (r"\bconfig\.(\w+)", r"\1 of config="),
    (r"(No complete answer within .* seconds)", r"\1 (timeout=)"),
    (r"\bmax_bytes=([\d,.]+|x) bytes", r"\1 bytes (max_bytes=)"),
    (r"\bpass a larger max_bytes\b", "add a larger max_bytes="),
    (r"give the client more, or stream it by client\.http", "give more"),
    (r"(not as wanted in time)", r"\1 (timeout=)"),
    (r"client\.leads\.not_applied\(.*\) reads it and tells which of the fields it does not show\..*",
     "`omni lead show ID --json` reads it. Repeat the update only if it does not show the changes."),
    (r"client\.leads\.get\(\) before \w+\(\) again", "`omni lead show ID` before you repeat this"),
    (r"client\.leads\.(\w+)\(lead_id\)", r"`omni lead \1 ID`"),
    (r"\bmatching_leads\b", "matchingLeads (`omni lead show ID --json`)"),
)  # fmt: skip
"""Patterns, and what is said instead; ``name=`` is an argument, whose option is put there afterwards."""


def remember_command() -> None:
    """Keep the command that runs: errors are told by the group around it, when it is gone."""
    context = click.get_current_context()
    context.meta[__name__] = context


def told(error: OmniError) -> str:
    """All that there is to say of an error, line by line: what, which host, the server's words, what to do next."""
    return "\n".join(_lines(error))


def _lines(error: OmniError) -> Iterator[str]:
    yield in_our_words(str(error), error)
    yield from (in_our_words(note) for note in getattr(error, "__notes__", ()))  # what was wrong with a file
    if isinstance(error, APIConnectionError) and error.origin:
        yield f"host: {clean(error.origin)}{_proxy_on_the_way(error.origin)}"
    if words := _server_words(error):
        yield f"the server said: {words}"
    if isinstance(error, OutcomeUnknownError):
        yield f"next step: {in_our_words(error.reconcile_hint, error)}"


def in_our_words(text: str, error: OmniError | None = None) -> str:
    """A text of the library as it is told to somebody who typed a command."""
    command = click.get_current_context(silent=True)
    command = command and command.meta.get(__name__, command)
    typed, names = _typed(command)
    text = re.sub(r"files\[(\d+)\]", lambda found: _file(typed, int(found[1])) or found[0], text)
    text = re.sub(r", retry_after has the seconds if the server said", _pause(error), text)
    text = re.sub(
        r"^The base URL( \((base_url|OMNI_BASE_URL) \w+( \w+)?\))?",
        "OMNI_BASE_URL" if typed.get("base_url") is None else "--base-url",
        text,
    )
    for pattern, words in _PHRASES:
        text = re.sub(pattern, words, text)
    return _with_options(text, names)


def _typed(command: click.Context | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What was given for each parameter of a command and the groups around it, and how each is called there."""
    typed: dict[str, Any] = {}
    names: dict[str, str] = {}
    while command:
        for each in command.command.params:
            called = max(each.opts, key=len) if isinstance(each, click.Option) else each.metavar
            names.setdefault(each.name or "", called or "")
        typed = command.params | typed
        command = command.parent
    return typed, names


def _with_options(text: str, names: Mapping[str, str]) -> str:
    """The text with options where it has arguments: as ``name=``, in backticks, with an underscore, or up front."""
    argument = r"`(\w+)`|\b(\w+)=(?:True|…)?(?!\w)|\b(\w+_\w+)\b|^(\w+)(?=\[| is | must | has | cannot )"
    text = re.sub(r"^(?!files)(\w+)\[\d+\]", r"\1", text)
    return re.sub(argument, lambda found: names.get(next(filter(None, found.groups())), found[0]), text)


def _file(typed: Mapping[str, Any], place: int) -> str:
    """A file as it was typed."""
    files = typed.get("files", ())
    return clean(files[place]) if place < len(files) else ""


def _pause(error: OmniError | None) -> str:
    seconds = getattr(error, "retry_after", None)
    return "" if seconds is None else f", the server asks for {seconds:g} seconds"


def _server_words(error: OmniError) -> str:
    """Why the server refused, for a person at a terminal: it may tell of somebody, and logs are read by many."""
    if not (isinstance(error, APIStatusError | InvalidResponseError) and sys.stderr.isatty()):
        return ""
    body = error.body
    words = getattr(error, "server_message", "") or (body if isinstance(body, str) else "")
    if not words and body and isinstance(error, APIStatusError):
        words = json.dumps(body, ensure_ascii=False)
    if key := os.environ.get("OMNI_API_KEY"):
        words = words.replace(key, "***")
    words = " ".join(clean(words[: 10 * _MOST_SERVER_WORDS]).split())
    return words if len(words) <= _MOST_SERVER_WORDS else words[: _MOST_SERVER_WORDS - 1] + "…"


def _proxy_on_the_way(origin: str) -> str:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""
    from omni.cli._proxy import proxy_of  # here, since most commands end well

    try:
        found = proxy_of(origin)
    except OmniError:
        return ""
    return f", through the proxy {found['value']} (from {found['source']})" if found["value"] else ""
