"""Who sent a delivery: secrets in a header or in the path, or a signature of the body; without I/O.

Theory of operation. How the service proves who it is, is not documented: a secret can, or could, be set, and is sent
"in the request headers", under a name and in a form that nobody outside knows. So each form is an option, several may
be asked for at once, and each that is asked for must be right. What is missing, doubled or unreadable counts as wrong.
All comparisons take the same time however much of a secret is right.
"""

import base64
import hashlib
import hmac
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

from omni._traceback_scrubbing import scrub_traceback
from omni._views.json_values import is_a
from omni.errors import UsageError, WebhookVerificationError

Headers: TypeAlias = Mapping[str, str] | Mapping[bytes, bytes] | Iterable[tuple[str | bytes, str | bytes]]
Scheme: TypeAlias = Literal["plain", "hmac-sha256", "hmac-sha512", "standard-webhooks"]

_SCHEMES = ("plain", "hmac-sha256", "hmac-sha512", "standard-webhooks")
_MIN_TOKEN = 16
STANDARD_HEADERS = {
    "webhook-id": re.compile("[!-~]{1,256}"),
    "webhook-timestamp": re.compile("[0-9]{1,12}"),
    "webhook-signature": re.compile("[A-Za-z0-9+/=, ]{1,1024}"),
}
_MIN_SECRET = 8
_NO_PROOF = (
    "Nothing is asked for that proves who sent a delivery: give secret= and header=, path_token=, or, if you accept"
    " events from anybody who finds the address, accept_unverified=True."
)
_UNVERIFIED = "This receiver accepts events from anybody who finds its address: read what they say with the client."


class Verifier:
    """What a delivery must have to be accepted; every part that is given must be right.

    ``path_token``: one segment of the path of the address that you registered, unguessable, of at least 16 characters:
    ``secrets.token_urlsafe(32)``. Several, while you move from one address to another.
    ``secret``: the secret that was set for the webhook. Several, while it is changed.
    ``header``: the name of the header that has it, or has the signature. It is not documented: ``omni webhook inspect``
    finds it in a delivery that you saved.
    ``scheme``: ``plain`` if the header is the secret itself; ``hmac-sha256`` or ``hmac-sha512`` if it is a digest of
    the body made with the secret, in hex or base64, with or without a prefix such as ``sha256=``;
    ``standard-webhooks`` for that specification, whose three headers have names of their own.
    ``accept_unverified``: accept deliveries without any proof, with a warning.

    Raises UsageError if nothing is asked for, or if a secret, a token or the header's name cannot be one.
    """

    @scrub_traceback
    def __init__(
        self,
        *,
        path_token: str | Sequence[str] = (),
        secret: str | Sequence[str] = (),
        header: str = "",
        scheme: Scheme = "plain",
        accept_unverified: bool = False,
    ) -> None:
        tokens = _check_strings(path_token, "path_token", _MIN_TOKEN)
        secrets = _check_strings(secret, "secret", _MIN_SECRET)
        _check_arguments(tokens, secrets, header, scheme)
        if not tokens and not secrets:
            if not accept_unverified:
                raise UsageError(_NO_PROOF)
            warnings.warn(_UNVERIFIED, UserWarning, stacklevel=3)
        self._path_tokens = [token.encode() for token in tokens]
        self._secrets = [secret.encode() for secret in secrets]
        self._header, self._scheme = header.lower(), scheme
        self._webhooks = _make_standard_webhooks(secrets) if scheme == "standard-webhooks" else []

    def __repr__(self) -> str:
        parts = f"{len(self._path_tokens)} path tokens, {len(self._secrets)} secrets, header={self._header!r}"
        return f"Verifier({parts}, scheme={self._scheme!r})"

    @scrub_traceback
    def verify(self, headers: Headers, path: str, body: bytes) -> None:
        """Accept a delivery, or raise WebhookVerificationError; its message names what is wrong, and no value.

        The headers are a mapping or pairs, of strings or of bytes; the path is the one that was asked for.
        """
        if self._path_tokens and not _has_token(path, self._path_tokens):
            # Not 401: who does not know the path shall not learn that there is something behind it.
            raise WebhookVerificationError("No segment of the path is the token.", status_code=404)
        if self._secrets and self._scheme == "standard-webhooks":
            _verify_standard_webhook(headers, body, self._webhooks)
        elif self._secrets:
            self._verify_header(headers, body)

    def _verify_header(self, headers: Headers, body: bytes) -> None:
        values = [value for name, value in iter_headers(headers) if name == self._header]
        if len(values) != 1:
            found = "is missing" if not values else "is there more than once"
            raise WebhookVerificationError(f"The header {self._header} {found}.")
        if self._scheme == "plain":
            is_right = equals_any(values[0], self._secrets)
        else:
            digest = self._scheme.removeprefix("hmac-")
            expected = [hmac.digest(secret, body, digest) for secret in self._secrets]
            is_right = equals_any(decode_signature(values[0]), expected)
        if not is_right:
            raise WebhookVerificationError(f"The header {self._header} is wrong.")


def verify(
    headers: Headers,
    path: str,
    body: bytes,
    *,
    path_token: str | Sequence[str] = (),
    secret: str | Sequence[str] = (),
    header: str = "",
    scheme: Scheme = "plain",
) -> None:
    """Accept a delivery, or raise WebhookVerificationError; the keywords are those of ``Verifier``."""
    Verifier(path_token=path_token, secret=secret, header=header, scheme=scheme).verify(headers, path, body)


def _check_strings(values: Any, name: str, minimum: int) -> tuple[str, ...]:
    """One string or several, as a tuple; UsageError for anything that could be guessed, or be no header."""
    found: list[Any] = [*values] if is_a(values, list, tuple) else [values]
    for value in found:
        # An empty secret, or none, of a variable that is not set, would be known to everybody.
        if not isinstance(value, str) or len(value) < minimum or not re.fullmatch("[!-~]+", value):
            raise UsageError(f"{name}: give text of at least {minimum} ASCII characters without blanks; is it set?")
    return tuple(found)


def _check_arguments(tokens: Sequence[str], secrets: Sequence[str], header: str, scheme: str) -> None:
    if any("/" in token for token in tokens):
        raise UsageError("path_token: give one segment of a path, without a slash: secrets.token_urlsafe(32).")
    if scheme not in _SCHEMES:
        raise UsageError(f"scheme is {scheme!r}: give one of {', '.join(_SCHEMES)}.")
    if bool(header) != bool(secrets and scheme != "standard-webhooks"):
        raise UsageError("Give secret and header together; only the scheme standard-webhooks has a header of its own.")
    if header and not (header.isascii() and header.isprintable() and not set(header) & set(" :\t")):
        raise UsageError("header: give the name of a header, such as X-Webhook-Secret.")


def iter_headers(headers: Headers) -> Iterator[tuple[str, bytes]]:
    """Names in small letters with values in bytes, of whatever a framework has for headers."""
    pairs = cast("Iterable[tuple[Any, Any]]", headers.items() if isinstance(headers, Mapping) else headers)
    for name, value in pairs:
        yield _decode_name(name).lower(), value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _decode_name(name: object) -> str:
    return name.decode("latin-1") if isinstance(name, bytes) else str(name)


def equals_any(value: bytes, expected: Sequence[bytes]) -> bool:
    """Whether a value is one of those expected, in a time that does not depend on which, or on how much of one."""
    # Of digests, which have one length: compare_digest tells how long its arguments are. All are compared, so that the
    # time does not tell which one fits.
    digest = hashlib.sha256(value).digest()
    return sum([hmac.compare_digest(digest, hashlib.sha256(each).digest()) for each in expected]) > 0


def _has_token(path: str, tokens: Sequence[bytes]) -> bool:
    segments = path.partition("?")[0].encode("utf-8", "replace").split(b"/")
    # Not any(): it would stop at the first segment that fits.
    return sum([equals_any(segment, tokens) for segment in segments]) > 0


def decode_signature(value: bytes) -> bytes:
    """The bytes of a signature in hex or base64, after a prefix such as ``sha256=``; empty if it is neither."""
    text = value.strip()
    for prefix in (b"sha256=", b"sha512=", b"v1=", b"v1,"):
        text = text.removeprefix(prefix)
    if re.fullmatch(rb"([0-9a-fA-F]{2})+", text):  # fromhex would skip blanks
        return bytes.fromhex(text.decode())
    return decode_base64(text)


def decode_base64(text: bytes) -> bytes:
    """The bytes that base64 stands for; empty if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _make_standard_webhooks(secrets: Sequence[str]) -> list[Any]:
    """What verifies by the Standard Webhooks specification; UsageError for what is no secret of it."""
    try:
        from standardwebhooks import Webhook
    except ImportError:
        raise UsageError(
            "The scheme standard-webhooks needs the extra: pip install 'omniai-leads[webhooks]'."
        ) from None
    if any(len(decode_standard_key(secret)) < _MIN_SECRET for secret in secrets):
        raise UsageError("secret: for standard-webhooks, give whsec_ and the key in base64.")
    return [Webhook(secret) for secret in secrets]


def decode_standard_key(secret: str) -> bytes:
    """The key that a secret of Standard Webhooks stands for; empty if it stands for none."""
    return decode_base64(secret.removeprefix("whsec_").encode())


def _verify_standard_webhook(headers: Headers, body: bytes, webhooks: Sequence[Any]) -> None:
    found: dict[str, list[str]] = {}
    for name, value in iter_headers(headers):
        found.setdefault(name, []).append(value.decode("latin-1"))
    for name, pattern in STANDARD_HEADERS.items():
        # The library takes the last of several, and skips what is no base64 within a signature.
        if len(found.get(name, ())) != 1 or not pattern.fullmatch(found[name][0]):
            raise WebhookVerificationError(f"The header {name} is missing, doubled or wrong.")
    plain = {name: found[name][0] for name in STANDARD_HEADERS}
    for webhook in webhooks:
        try:
            webhook.verify(body, plain)
        except Exception:  # noqa: S112 - the library raises errors of several kinds over hostile input
            continue
        return
    raise WebhookVerificationError("The headers of Standard Webhooks are wrong or too old.")
