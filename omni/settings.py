"""Where the key and the address come from, checked before anything is sent."""

import os
import urllib.parse
from dataclasses import dataclass, field

from omni._discreet import discreet
from omni.errors import UsageError

BASE_URL = "https://api-v2.getomni.ai"
TIMEOUT = 30.0
ATTEMPTS = 3


@dataclass(frozen=True)
class Settings:
    """A checked key and address, and which source each came from."""

    api_key: str = field(repr=False)
    api_key_source: str
    base_url: str
    base_url_source: str

    @classmethod
    @discreet
    def resolve(cls, api_key: str | None = None, base_url: str | None = None) -> "Settings":
        """Settings from arguments, else from ``OMNI_API_KEY`` and ``OMNI_BASE_URL``, else the live API's address.

        Raises UsageError if there is no key, or if either cannot be used.
        """
        key, key_source = _first(api_key, "api_key", "OMNI_API_KEY")
        url, url_source = _first(base_url, "base_url", "OMNI_BASE_URL")
        if url is None:
            url, url_source = BASE_URL, "default"
        return cls(_checked_key(key), key_source, _checked_url(url), url_source)


def checked_timeout(seconds: object, name: str = "timeout") -> float:
    """The budget of a call, or another time, in seconds; UsageError if it is not a number above zero."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise UsageError(f"{name} is {seconds!r}: give seconds above zero, or float('inf') for no limit.")
    return seconds


def checked_attempts(attempts: object) -> int:
    """How often a request is tried in all; UsageError if it is not a whole number from 1."""
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise UsageError(f"attempts is {attempts!r}: give a whole number from 1 (1 means no retries).")
    return attempts


def _first(argument: str | None, name: str, variable: str) -> tuple[str | None, str]:
    if argument is not None:
        return argument, f"{name} argument"
    return os.environ.get(variable) or None, f"{variable} environment variable"


def _checked_key(key: object) -> str:
    if key is None:
        raise UsageError("No API key: pass api_key=… or set OMNI_API_KEY; OmniAI shows it in the workspace settings.")
    if not isinstance(key, str) or not key or not key.isascii() or not key.isprintable() or " " in key:
        # The key itself is never shown; what is wrong with it is nearly always a newline or a quote that came along.
        raise UsageError("The API key is empty or has spaces, line breaks or non-ASCII characters: pass it as issued.")
    return key


def _checked_url(url: object) -> str:
    if not isinstance(url, str):
        raise UsageError(f"The base URL must be a str, not {type(url).__name__}.")
    try:
        parts = urllib.parse.urlsplit(url)
        host = (parts.hostname or "").encode("idna")  # refuses labels that are empty or too long
        whole = parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:
        whole = False
    else:
        whole = whole and not (parts.query or parts.fragment or parts.username or parts.password)
    if not whole or not url.isprintable() or " " in url:
        raise UsageError(f"The base URL must look like {BASE_URL}: http(s), a host, no query and no user name.")
    return url.rstrip("/")
