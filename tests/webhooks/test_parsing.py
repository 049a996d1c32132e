"""The body of a delivery: any bytes give an event or a WebhookPayloadError."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import omni
from omni import webhooks
from omni.webhooks.testing import event_names, sample

HOSTILE = {
    "empty": b"",
    "not UTF-8": b'{"event": "\xff"}',
    "UTF-16": '{"event": "lead.created"}'.encode("utf-16"),
    "not JSON": b"{'event': 1}",
    "cut": b'{"event": "lead.cre',
    "trailing data": b"{} {}",
    "an array": b"[]",
    "a string": b'"event"',
    "null": b"null",
    "a key twice": b'{"event": "lead.created", "event": "lead.completed"}',
    "a key twice, deep": b'{"data": [{"leadId": "1", "leadId": "2"}]}',
    "NaN": b'{"size": NaN}',
    "infinity": b'{"size": -Infinity}',
    "no float": b'{"size": 1e999}',
    "nested deep": b'{"a":' * 65 + b"1" + b"}" * 65,
    "nested very deep": b"[" * 100_000,
    "nested very deep, closed": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "too large": b'{"a":"' + b"x" * (1 << 20) + b'"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_refused(body: bytes) -> None:
    """With an error of this package, that does not quote what came."""
    with pytest.raises(omni.WebhookPayloadError) as caught:
        webhooks.parse(body)

    assert caught.value.status_code == (413 if len(body) > 1 << 20 else 400)
    assert "lead" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"event": "lead.created"}',
        b'{"event": "lead.created", "name": "\\ud800"}',
        b'{"event": "lead.created", "n": ' + b"9" * 5000 + b"}",
        b'{"event": ["lead.created"]}',
        b'{"event": null, "data": {"leadId": {}}}',
        b'{"a":' * 64 + b"1" + b"}" * 64,
    ],
)
def test_what_is_merely_odd_is_an_event(body: bytes) -> None:
    """A byte order mark, a half surrogate, a long integer, a name that is none: nothing of them is lost."""
    event = webhooks.parse(body)

    assert json.loads(json.dumps(event.to_dict())) == event.to_dict()
    assert len(event.key) < 120


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), [[...]]])
def test_a_mapping_that_is_no_json_is_refused(value: Any) -> None:
    """As after a queue that changed it."""
    with pytest.raises(omni.WebhookPayloadError, match="no JSON"):
        webhooks.parse({"event": "lead.created", "data": value})


def test_the_limit_of_the_size_is_an_option() -> None:
    """For workspaces with large checklists."""
    body = json.dumps(sample("lead.completed")).encode()

    assert webhooks.parse(body, max_bytes=len(body))
    with pytest.raises(omni.WebhookPayloadError, match=f"more than {len(body) - 1} bytes"):
        webhooks.parse(body, max_bytes=len(body) - 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


def touch(event: Any) -> None:
    """Use whatever an event has."""
    values = [getattr(event, name) for name in dir(type(event)) if not name.startswith("__") and name != "raw"]
    assert values
    assert event.key == webhooks.parse(event.to_dict()).key
    repr(event)
    hash(event)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(event_names()), st.data())
def test_any_value_anywhere_is_read(name: str, data: st.DataObject) -> None:
    """A field of another type than the documented one reads as absent, and breaks nothing."""
    payload = sample(name)
    place: Any = payload
    while True:
        key = data.draw(st.sampled_from([*place] if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        if place is not payload or key != "event":
            place[key] = data.draw(JSON)
        break
    try:
        event = webhooks.parse(json.dumps(payload).encode())
    except omni.WebhookPayloadError:
        return  # NaN
    touch(event)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_event_or_an_error_of_ours(body: bytes) -> None:
    """No foreign exception, whatever comes."""
    try:
        event = webhooks.parse(body)
    except omni.WebhookPayloadError:
        return
    touch(event)
