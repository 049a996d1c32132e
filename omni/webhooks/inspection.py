"""How a saved delivery proves who sent it: the names of the headers that do, and never their values."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from omni._traceback_scrubbing import scrub_traceback
from omni.webhooks.verification import (
    STANDARD_HEADERS,
    Headers,
    Scheme,
    decode_base64,
    decode_signature,
    decode_standard_key,
    equals_any,
    iter_headers,
)

_DIGESTS: tuple[Scheme, ...] = ("hmac-sha256", "hmac-sha512")


@scrub_traceback
def inspect_delivery(headers: Headers, body: bytes, secret: str | Sequence[str]) -> tuple[str, ...]:
    """What each header proves with these secrets, one sentence each; empty if none proves anything.

    Looked for are the secret itself, alone or after a word such as ``Bearer``; a digest of the body made with it, by
    any algorithm that ``hashlib`` always has, in hex or base64; and the three headers of Standard Webhooks.
    """
    secrets = [secret] if isinstance(secret, str) else [*secret]
    found = [*_inspect_standard_webhooks(headers, body, secrets)]
    for name, value in iter_headers(headers):
        found += _inspect_header(name, value, body, [each.encode() for each in secrets])
    return tuple(found)


def _inspect_header(name: str, value: bytes, body: bytes, secrets: list[bytes]) -> Iterator[str]:
    if equals_any(value, secrets):
        yield f'{name} is the secret: Verifier(secret=…, header="{name}")'
    elif equals_any(value.rpartition(b" ")[2], secrets) or equals_any(_decode_password(value), secrets):
        yield f"{name} has the secret after other text, which Verifier does not read: report it"
    for algorithm in sorted(hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}):
        if equals_any(decode_signature(value), [hmac.digest(secret, body, algorithm) for secret in secrets]):
            scheme = f"hmac-{algorithm}"
            usable = f'Verifier(secret=…, header="{name}", scheme="{scheme}")'
            yield f"{name} is a {algorithm} digest of the body: " + (
                usable if scheme in _DIGESTS else "Verifier does not read it: report it"
            )


def _decode_password(value: bytes) -> bytes:
    """The password of basic authentication; empty if it is none."""
    return decode_base64(value.rpartition(b" ")[2]).partition(b":")[2]


def _inspect_standard_webhooks(headers: Headers, body: bytes, secrets: list[str]) -> Iterator[str]:
    found = dict(iter_headers(headers))
    if not found.keys() >= STANDARD_HEADERS.keys():
        return
    signed = b".".join([found["webhook-id"], found["webhook-timestamp"], body])
    expected = [hmac.digest(key, signed, "sha256") for key in map(decode_standard_key, secrets) if key]
    # However old it is: what was saved is soon older than the five minutes that a receiver accepts.
    if any(equals_any(decode_signature(each), expected) for each in found["webhook-signature"].split()):
        yield 'the headers of Standard Webhooks fit: Verifier(secret=…, scheme="standard-webhooks")'
    else:
        yield "the headers of Standard Webhooks are there, and do not fit the secret"
