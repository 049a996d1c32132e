"""Which header of a saved delivery proves who sent it: names and forms, never values."""

import base64
import hmac

import pytest

from omni import webhooks
from omni.webhooks.testing import delivery

SECRET = "Invented-Value-1"
BODY = b'{"event": "lead.created"}'
SIGNING = "whsec_" + base64.b64encode(b"fixture-secret-fixture-secret-12").decode()


def digest(algorithm: str) -> bytes:
    return hmac.digest(SECRET.encode(), BODY, algorithm)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (SECRET, 'x-proof is the secret: Verifier(secret=…, header="x-proof")'),
        (f"Bearer {SECRET}", "x-proof has the secret after other text"),
        ("Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode(), "x-proof has the secret after other text"),
        (digest("sha256").hex(), 'scheme="hmac-sha256"'),
        ("sha512=" + base64.b64encode(digest("sha512")).decode(), 'scheme="hmac-sha512"'),
        (digest("sha1").hex(), "x-proof is a sha1 digest of the body: Verifier does not read it"),
    ],
)
def test_the_header_that_proves_is_named(value: str, words: str) -> None:
    """With the argument of ``Verifier`` that reads it, if there is one."""
    found = webhooks.inspect_delivery({"X-Proof": value, "x-other": "nothing"}, BODY, ["wrong-secret", SECRET])

    assert len(found) == 1
    assert words in found[0]
    assert SECRET not in found[0]


def test_headers_that_prove_nothing_are_not_named() -> None:
    """Nor is anything guessed."""
    headers = {"x-proof": "Basic !!!", "authorization": "Basic dXNlcg==", "x-signature": digest("sha256").hex()[:-2]}

    assert webhooks.inspect_delivery(headers, BODY, SECRET) == ()


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (SIGNING, 'fit: Verifier(secret=…, scheme="standard-webhooks")'),
        (SECRET, "do not fit the secret"),
        ("whsec_!", "do not fit the secret"),
    ],
)
def test_standard_webhooks_are_recognised(secret: str, words: str) -> None:
    """However old the delivery is; also if the secret is another one."""
    request = delivery("lead.created", secret=SIGNING, scheme="standard-webhooks")
    (found,) = webhooks.inspect_delivery(request.headers, request.body, secret)

    assert words in found
