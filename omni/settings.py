"""Where the key and the address come from, checked before anything is sent."""

import os
import re
import urllib.parse
import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from omni._traceback_scrubbing import scrub_traceback
from omni.errors import UsageError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

BASE_URL = "https://api-v2.getomni.ai"
TIMEOUT = 30.0
ATTEMPTS = 3
MAX_RESPONSE_BYTES = 256 << 20
"""A file of 100 MB, the largest that the API takes, is 134 MB of base64 in JSON."""


@dataclass(frozen=True)
class Settings:
    """A checked key and address, and which source each came from."""

    api_key: str = field(repr=False)
    api_key_source: str
    base_url: str
    base_url_source: str

    @classmethod
    @scrub_traceback
    def resolve(cls, api_key: str | None = None, base_url: str | None = None) -> "Settings":
        """Settings from arguments, else from ``OMNI_API_KEY`` and ``OMNI_BASE_URL``, else the live API's address.

        A variable that is empty is not set; one that is blank is refused.
        Raises UsageError if there is no key, or if either cannot be used.
        """
        key, key_source = _first(api_key, "api_key", "OMNI_API_KEY")
        url, url_source = _first(base_url, "base_url", "OMNI_BASE_URL")
        if url is None:
            url, url_source = BASE_URL, "default"
        return cls(_checked_key(key, key_source), key_source, _checked_base_url(url, url_source), url_source)


@cache
def version() -> str:
    """The version of this package as it was installed; ``unknown`` for files that were not, as in a zip."""
    from importlib import metadata  # here, since ``import omni`` does without and it takes 6 ms

    try:
        return metadata.version("omniai-leads")
    except metadata.PackageNotFoundError:
        return "unknown"


def checked_timeout(seconds: object, name: str = "timeout") -> float:
    """The budget of a call, or another time, in seconds; UsageError if it is not a number above zero."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise UsageError(f"{name} is {seconds!r}: give seconds above zero, or float('inf') for no limit.")
    return seconds


def checked_size(count: object, name: str = "max_response_bytes") -> float:
    """A bound in bytes; UsageError if it is not a number from 1."""
    if isinstance(count, bool) or not isinstance(count, (int, float)) or not count >= 1:
        raise UsageError(f"{name} is {count!r}: give a number of bytes from 1, or float('inf') for no limit.")
    return count


def checked_attempts(attempts: object) -> int:
    """How often a request is tried in all; UsageError if it is not a whole number from 1."""
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise UsageError(f"attempts is {attempts!r}: give a whole number from 1 (1 means no retries).")
    return attempts


def is_plain_http(url: str) -> bool:
    """Whether a checked base URL sends the key unencrypted over a network: ``http://``, and not to this machine."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def warn_if_plain(settings: Settings, stacklevel: int) -> None:
    """Warn of a base URL that sends the key unencrypted; ``stacklevel`` is that of ``warnings.warn``."""
    if is_plain_http(settings.base_url):
        warnings.warn(
            f"The base URL ({settings.base_url_source}) begins with http://, so the API key and all data are sent"
            " unencrypted: use https://.",
            stacklevel=stacklevel + 1,
        )


def _first(argument: str | None, name: str, variable: str) -> tuple[str | None, str]:
    if argument is not None:
        return argument, f"{name} argument"
    return os.environ.get(variable) or None, f"{variable} environment variable"


def _checked_key(key: object, source: str) -> str:
    if key is None:
        raise UsageError("No API key: pass api_key=… or set OMNI_API_KEY; OmniAI shows it in the workspace settings.")
    if not isinstance(key, str) or not re.fullmatch("[!-~]+", key) or key[0] in _QUOTES or key[-1] in _QUOTES:
        # The key itself is never shown; what is wrong with it is nearly always a newline or a quote that came along.
        raise UsageError(
            f"The API key ({source}) is empty, in quotes, or has spaces, line breaks or non-ASCII characters: pass it"
            " as issued."
        )
    return key


_QUOTES = "\"'`"
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"

_REPAIRS: tuple[tuple[str, str], ...] = (
    (r"\s*", "it is blank, so give an address, or leave it out for the live API"),
    (r"[\"'`].*|.*[\"'`]", "leave out the quotes"),
    (r".*[^!-~].*", "leave out spaces and line breaks, and write other letters in their ASCII form (xn--… for a host)"),
    (r"(?!https?://[^/?#]).*", "begin it with https:// and a host"),
    (r".*[?#].*", "leave out the query and the fragment, which is all from the first ? or # on"),
    (r"[^/]*//[^/]*@.*", "leave out the user name and the password"),
    (r"[^/]*//[^/]*\.(:[0-9]*)?(/.*)?", "leave out the dot at the end of the host"),
)
"""What a base URL is that cannot be used, and the repair."""


def _checked_base_url(url: object, source: str) -> str:
    """The address in its normal form: scheme and host in lower case, no slash at its end."""
    if not isinstance(url, str):
        raise UsageError(f"The base URL ({source}) must be a str, not {type(url).__name__}.")
    repair = next((repair for bad, repair in _REPAIRS if re.fullmatch(bad, url, re.DOTALL | re.IGNORECASE)), "")
    try:
        parts = urllib.parse.urlsplit(url)
        host, port, path = parts.hostname or "", parts.port, parts.path.rstrip("/")
    except ValueError:
        host, port, path = "", None, ""
    if port == 0 or not _is_host(host) or ("[" in url and ":" not in host):
        repair = repair or "give a host name or an IP address, and a port from 1 to 65535 if any"
    elif "\\" in path or not all(map(_is_segment, path.split("/")[1:])):
        repair = repair or "leave empty parts, '.', '..' and backslashes out of its path"
    if repair:  # what was given may hold a password
        raise UsageError(f"The base URL ({source}) must look like {BASE_URL}: {repair}.")
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return f"{url.partition(':')[0].lower()}://{netloc}{path}"


def _is_segment(part: str) -> bool:
    plain = urllib.parse.unquote(part)
    return plain not in {"", ".", ".."} and plain.isprintable()


def _is_host(host: str) -> bool:
    """Whether it names a host for sure: what ends in a number is an address, and some read ``127.1`` as one."""
    if ":" in host or re.fullmatch(r"(.*\.)?([0-9]+|0x[0-9a-f]*)", host):
        return "%" not in host and _address(host) is not None
    if "xn--" in host:
        import idna  # what httpx reads it with

        try:
            idna.decode(host)
        except UnicodeError:
            return False
    return len(host) <= 253 and re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", host) is not None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback)


def _address(host: str) -> "IPv4Address | IPv6Address | None":
    import ipaddress  # httpx has loaded it; ``omni --help`` does without

    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
