"""Who sent a delivery: what is right is accepted, and everything else is refused, in the same time."""

import base64
import hmac
import time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import omni
from omni import webhooks
from omni.webhooks.testing import delivery

TOKEN = "t" * 16 + "oken"
SECRET = "Invented-Value-1"
SIGNING = "whsec_" + base64.b64encode(b"fixture-secret-fixture-secret-12").decode()
FORMS: dict[str, dict[str, Any]] = {
    "path": {"path_token": TOKEN},
    "plain": {"secret": SECRET, "header": "X-Fixture-Secret"},
    "hmac-sha256": {"secret": SECRET, "header": "X-Fixture-Signature", "scheme": "hmac-sha256"},
    "hmac-sha512": {"secret": SECRET, "header": "X-Fixture-Signature", "scheme": "hmac-sha512"},
    "standard": {"secret": SIGNING, "scheme": "standard-webhooks"},
    "path and plain": {"path_token": TOKEN, "secret": SECRET, "header": "X-Fixture-Secret"},
}


def check(verifier: webhooks.Verifier, headers: Any, path: str = "/", body: bytes = b"{}") -> bool:
    try:
        verifier.verify(headers, path, body)
    except omni.WebhookVerificationError as error:
        if SECRET in str(error) or TOKEN in str(error):
            raise
        return False
    return True


@pytest.mark.parametrize("options", FORMS.values(), ids=FORMS.keys())
def test_a_right_proof_is_accepted(options: dict[str, Any]) -> None:
    """In each form, by the class and by the function."""
    request = delivery("lead.created", **options)

    assert check(webhooks.Verifier(**options), request.headers, request.path, request.body)
    webhooks.verify(request.headers, request.path, request.body, **options)


@pytest.mark.parametrize("options", FORMS.values(), ids=FORMS.keys())
def test_a_wrong_proof_is_refused(options: dict[str, Any]) -> None:
    """Missing, of another secret, or of another body where the body is signed."""
    verifier = webhooks.Verifier(**options)
    request = delivery("lead.created", **options)
    other = {
        **options,
        **({"path_token": TOKEN.upper()} if "path_token" in options else {"secret": "b3RoZXItdmFsdWUtMTI="}),
    }
    wrong = delivery("lead.created", **other)

    assert not check(verifier, {}, "/webhooks", request.body)
    assert not check(verifier, wrong.headers, wrong.path, wrong.body)
    if options.get("scheme"):
        assert not check(verifier, request.headers, request.path, request.body + b" ")


def test_a_hostile_signature_is_refused_at_once() -> None:
    """However long it is: nobody may keep the process busy."""
    started = time.monotonic()
    for value in ("v1," + "A= " * 5000, "v1,A=" * 5000, "a" * 100_000, "v1," + "A" * 70 + "! "):
        headers = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": value}
        assert not check(webhooks.Verifier(**FORMS["standard"]), headers)

    assert time.monotonic() - started < 5


def test_every_part_that_is_asked_for_must_be_right() -> None:
    """The token alone is not enough where a secret is asked for too, nor the secret alone."""
    options = FORMS["path and plain"]
    verifier, request = webhooks.Verifier(**options), delivery("lead.created", **options)

    assert not check(verifier, {}, request.path)
    assert not check(verifier, request.headers, "/webhooks")


@pytest.mark.parametrize("name", ["path", "plain", "hmac-sha256", "standard"])
def test_several_are_accepted_during_rotation(name: str) -> None:
    """The old one and the new one, and no third."""
    options = FORMS[name]
    key = "path_token" if name == "path" else "secret"
    new = {"path": "n" * 20, "standard": "whsec_" + base64.b64encode(b"n" * 32).decode()}.get(name, "new-secret")
    verifier = webhooks.Verifier(**{**options, key: [new, options[key]]})
    requests = [delivery("lead.created", **{**options, key: value}) for value in (new, options[key])]
    third = delivery("lead.created", **{**options, key: options[key].swapcase()})

    assert [check(verifier, each.headers, each.path, each.body) for each in requests] == [True, True]
    assert not check(verifier, third.headers, third.path, third.body)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-fixture-secret": SECRET},
        {"X-FIXTURE-SECRET": SECRET},
        [("X-Fixture-Secret", SECRET)],
        [(b"x-fixture-secret", SECRET.encode())],
        {b"X-Fixture-Secret": SECRET.encode()},
    ],
)
def test_headers_come_in_many_forms(headers: Any) -> None:
    """Mappings and pairs, of strings and of bytes, whatever the case of the name."""
    assert check(webhooks.Verifier(**FORMS["plain"]), headers)


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Fixture-Secret", SECRET), ("x-fixture-secret", SECRET)],
        {"X-Fixture-Secret": f"{SECRET},{SECRET}"},
        {"X-Fixture-Secret": ""},
        {"X-Fixture-Secret": f" {SECRET}"},
        {"X-Fixture-Secret": "sécret\ud800"},
        {"X-Fixture-Secret": SECRET[:-1]},
        {"X-Fixture-Secret": SECRET + "\x00"},
        {"X-Fixture-Secret-": SECRET},
    ],
)
def test_odd_headers_are_refused(headers: Any) -> None:
    """Doubled, empty, blank, not ASCII: with an error of this package."""
    assert not check(webhooks.Verifier(**FORMS["plain"]), headers)


@pytest.mark.parametrize("prefix", ["", "sha256=", "v1="])
@pytest.mark.parametrize(
    "encode", [bytes.hex, lambda digest: digest.hex().upper(), lambda digest: base64.b64encode(digest).decode()]
)
def test_a_digest_comes_in_many_forms(prefix: str, encode: Any) -> None:
    """In hex or base64, with or without the usual prefixes."""
    digest = hmac.digest(SECRET.encode(), b"{}", "sha256")

    assert check(webhooks.Verifier(**FORMS["hmac-sha256"]), {"x-fixture-signature": prefix + encode(digest)})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"webhook-id": "msg_other"}, "wrong"),
        ({"webhook-timestamp": "1"}, "wrong"),
        ({"webhook-timestamp": str(int(time.time()) + 3600)}, "wrong"),
        ({"webhook-timestamp": "soon"}, "wrong"),
        ({"webhook-signature": "v1"}, "wrong"),
        ({"webhook-signature": "v1,é"}, "wrong"),
    ],
)
def test_standard_webhooks_are_verified_on_all_sides(changes: dict[str, str], words: str) -> None:
    """Too old, too new, of another message, unreadable: errors of this package, where the library raises others."""
    request = delivery("lead.created", **FORMS["standard"])
    with pytest.raises(omni.WebhookVerificationError, match=words):
        webhooks.verify(request.headers | changes, request.path, request.body, **FORMS["standard"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "accept_unverified"),
        ({"secret": ""}, "secret: give text"),
        ({"secret": [SECRET, ""], "header": "X-S"}, "secret: give text"),
        ({"secret": " ", "header": "X-S"}, "secret: give text"),
        ({"secret": "gehéim", "header": "X-S"}, "secret: give text"),
        ({"secret": SECRET}, "secret and header together"),
        ({"header": "X-S"}, "secret and header together"),
        ({"secret": SIGNING, "header": "X-S", "scheme": "standard-webhooks"}, "together"),
        ({"secret": SECRET, "header": "X S"}, "header: give the name"),
        ({"secret": SECRET, "header": "X-S", "scheme": "md5"}, "scheme is 'md5'"),
        ({"path_token": "short"}, "at least 16 ASCII characters"),
        ({"path_token": None}, "path_token: give text"),
        ({"secret": b"Invented-Value-1", "header": "X-S"}, "secret: give text"),
        ({"secret": "short", "header": "X-S"}, "at least 8 ASCII"),
        ({"secret": "whsec_", "scheme": "standard-webhooks"}, "secret: "),
        ({"secret": "not/base64!", "scheme": "standard-webhooks"}, "the key in base64"),
        ({"secret": "--------", "scheme": "standard-webhooks"}, "the key in base64"),
        ({"path_token": "a/b" * 16}, "without a slash"),
    ],
)
def test_a_verifier_that_would_accept_too_much_is_refused(options: dict[str, Any], words: str) -> None:
    """An empty secret, of a variable that is not set, above all."""
    with pytest.raises(omni.UsageError, match=words):
        webhooks.Verifier(**options)


def test_accepting_everybody_has_a_name_of_its_own_and_warns() -> None:
    """Nobody does it by leaving something out."""
    with pytest.warns(UserWarning, match="from anybody who finds its address") as caught:
        verifier = webhooks.Verifier(accept_unverified=True)

    assert caught[0].filename == __file__
    assert check(verifier, {})


def test_a_repr_shows_no_secret() -> None:
    """Only how many there are, and where they are looked for."""
    assert repr(webhooks.Verifier(**FORMS["path and plain"])) == (
        "Verifier(1 path tokens, 1 secrets, header='x-fixture-secret', scheme='plain')"
    )


def test_a_token_is_a_whole_segment() -> None:
    """Neither a part of one, nor in the query, which more logs show."""
    verifier = webhooks.Verifier(path_token=TOKEN)

    assert check(verifier, {}, f"/webhooks/{TOKEN}/omni")
    assert [check(verifier, {}, path) for path in (f"/{TOKEN}x", f"/?token=/{TOKEN}", TOKEN[:-1], "", "/\ud800")] == (
        [False] * 5
    )
    with pytest.raises(omni.WebhookVerificationError) as caught:
        verifier.verify({}, "/", b"")
    assert caught.value.status_code == 404


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*FORMS]),
    st.dictionaries(
        st.sampled_from(
            ["x-fixture-secret", "x-fixture-signature", "webhook-id", "webhook-timestamp", "webhook-signature"]
        )
        | st.text(),
        st.text() | st.binary(),
    ),
    st.text(),
    st.binary(),
)
def test_no_guess_is_accepted(form: str, headers: Any, path: str, body: bytes) -> None:
    """Whatever comes is refused with an error of this package."""
    assert not check(webhooks.Verifier(**FORMS[form]), headers, path, body)
