"""The API key, the address and other settings of a client, checked before anything is sent."""

import contextlib
import os
import re
import urllib.parse
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from omni._traceback_scrubbing import scrub_traceback
from omni.errors import UsageError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

BASE_URL = "https://api-v2.getomni.ai"
TIMEOUT = 30.0
ATTEMPTS = 3
MAX_RESPONSE_BYTES = 256 << 20
"""256 MiB: a file of 100 MB, the largest that the API takes, is 134 MB of base64 in JSON."""


PLAIN_HTTP = (
    "The base URL ({source}) begins with http://, so the API key and all data are sent unencrypted: use https://."
)
"""What is said of an address that ``is_plain_http``."""


class Settings:
    """A valid key and address, and the source of each."""

    def __init__(self, api_key: str, api_key_source: str, base_url: str, base_url_source: str) -> None:
        self.api_key, self.api_key_source = api_key, api_key_source
        self.base_url, self.base_url_source = base_url, base_url_source

    @classmethod
    @scrub_traceback
    def resolve(cls, api_key: str | None = None, base_url: str | None = None) -> "Settings":
        """Settings from arguments, else from ``OMNI_API_KEY`` and ``OMNI_BASE_URL``; by default the live API.

        An empty variable counts as not set; a blank one is refused.
        Raises UsageError if there is no key, or if either is invalid.
        """
        key, key_source = _argument_or_variable(api_key, "api_key", "OMNI_API_KEY")
        url, url_source = _argument_or_variable(base_url, "base_url", "OMNI_BASE_URL")
        if url is None:
            url, url_source = BASE_URL, "default"
        return cls(_checked_key(key, key_source), key_source, _checked_base_url(url, url_source), url_source)


@cache
def version() -> str:
    """The version of the installed package; ``unknown`` if it is not installed, such as in a zip."""
    with contextlib.suppress(OSError):
        beside = os.listdir(Path(__file__).parents[1])  # noqa: PTH208 - of some hundred names only one is of interest
        found = [name for name in beside if name.startswith("omniai_leads-") and name.endswith(".dist-info")]
        if len(found) == 1:
            return found[0].removesuffix(".dist-info").partition("-")[2]
    from importlib import metadata  # which takes 6 ms, and finds what was installed from a checkout

    try:
        return metadata.version("omniai-leads")
    except metadata.PackageNotFoundError:
        return "unknown"


def checked_timeout(seconds: object, name: str = "timeout") -> float:
    """A timeout or another time in seconds; UsageError if it is not a number above zero."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise UsageError(f"{name} is {seconds!r}: give seconds above zero, or float('inf') for no limit.")
    return seconds


def checked_size(count: object, name: str = "max_response_bytes") -> float:
    """A limit in bytes; UsageError if it is not a number from 1."""
    if isinstance(count, bool) or not isinstance(count, (int, float)) or not count >= 1:
        raise UsageError(f"{name} is {count!r}: give a number of bytes from 1, or float('inf') for no limit.")
    return count


def checked_concurrency(concurrency: object) -> int:
    """How many calls are made at once; UsageError if it is not a whole number from 1."""
    if type(concurrency) is not int or concurrency < 1:
        raise UsageError("concurrency must be a whole number of at least 1.")
    return concurrency


def checked_attempts(attempts: object) -> int:
    """How often a request is tried in total; UsageError if it is not a whole number from 1."""
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise UsageError(f"attempts is {attempts!r}: give a whole number from 1 (1 means no retries).")
    return attempts


def checked_app_info(app_info: object) -> str:
    """An application's name and version for the user agent; UsageError if they are no two words of HTTP."""
    match app_info:
        case None:
            return ""
        case (str(name), str(version)) if all(
            re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", word, re.ASCII) for word in app_info
        ):
            return f"{name}/{version}"
        case _:
            raise UsageError("app_info must be a name and a version without spaces, such as ('lending', '1.4').")


def is_plain_http(url: str) -> bool:
    """Whether a checked base URL sends the key unencrypted over a network: ``http://``, and not to this machine."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def warn_if_plain(settings: Settings, stacklevel: int) -> None:
    """Warn about a base URL that sends the key unencrypted; ``stacklevel`` is that of ``warnings.warn``."""
    if is_plain_http(settings.base_url):
        warnings.warn(PLAIN_HTTP.format(source=settings.base_url_source), stacklevel=stacklevel + 1)


def _argument_or_variable(argument: str | None, name: str, variable: str) -> tuple[str | None, str]:
    if argument is not None:
        return argument, f"{name} argument"
    return os.environ.get(variable) or None, f"{variable} environment variable"


def _checked_key(key: object, source: str) -> str:
    if key is None:
        raise UsageError("No API key: pass api_key=… or set OMNI_API_KEY; OmniAI shows it in the workspace settings.")
    if not isinstance(key, str) or not re.fullmatch("[!-~]+", key) or key[0] in _QUOTES or key[-1] in _QUOTES:
        # The key itself is never shown; nearly always a newline or a quote was copied along.
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
"""Patterns of invalid base URLs, and the repair of each."""

_ORDINARY = r"https?://[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[0-9]+)?(/[a-z0-9._~-]+)*/?"
"""Nearly all base URLs, of which none needs a repair: a first call has one pattern to compile then, and not seven."""


def _checked_base_url(url: object, source: str) -> str:
    """The address in normal form: scheme and host in lower case, no trailing slash."""
    if not isinstance(url, str):
        raise UsageError(f"The base URL ({source}) must be a str, not {type(url).__name__}.")
    repair = "" if re.fullmatch(_ORDINARY, url, re.ASCII | re.IGNORECASE) else _find_repair(url)
    try:
        parts = urllib.parse.urlsplit(url)
        host, port, path = parts.hostname or "", parts.port, parts.path.rstrip("/")
    except ValueError:
        host, port, path = "", None, ""
    if port == 0 or not _is_host(host) or ("[" in url and ":" not in host):
        repair = repair or "give a host name or an IP address, and a port from 1 to 65535 if any"
    elif "\\" in path or not all(map(_is_segment, path.split("/")[1:])):
        repair = repair or "leave empty parts, '.', '..' and backslashes out of its path"
    if repair:  # without the URL, which may hold a password
        raise UsageError(f"The base URL ({source}) must look like {BASE_URL}: {repair}.")
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return f"{url.partition(':')[0].lower()}://{netloc}{path}"


def _find_repair(url: str) -> str:
    return next((repair for bad, repair in _REPAIRS if re.fullmatch(bad, url, re.DOTALL | re.IGNORECASE)), "")


def _is_segment(part: str) -> bool:
    plain = urllib.parse.unquote(part)
    return plain not in {"", ".", ".."} and plain.isprintable()


def _is_host(host: str) -> bool:
    """Whether it is a host name or an address; a name must not end in a number: some read ``127.1`` as an address."""
    if ":" in host or re.fullmatch(r"(.*\.)?([0-9]+|0x[0-9a-f]*)", host):
        return "%" not in host and _address(host) is not None
    if "xn--" in host:
        import idna  # httpx decodes it with this

        try:
            idna.decode(host)
        except UnicodeError:
            return False
    return len(host) <= 253 and re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", host) is not None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback)


def _address(host: str) -> "IPv4Address | IPv6Address | None":
    import ipaddress  # here, since ``omni --help`` does without it; httpx imports it anyway

    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
