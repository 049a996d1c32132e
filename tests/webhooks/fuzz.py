"""Mutated deliveries: each is answered with a documented status, and none is accepted without its proof.

    python tests/webhooks/fuzz.py [COUNT] [SEED]

Bodies are those of all samples with bytes flipped, cut, doubled or put in, and values replaced; headers and paths are
mutated too. A delivery counts as proven if its proof was left alone: those must not be refused for it, and all others
must be.
"""

import json
import random
import sys
from collections import Counter
from typing import Any

from omni import webhooks
from omni.webhooks.testing import Delivery, delivery, event_names, sample

TOKEN, SECRET = "fixture-token-fixture-token", "Invented-Value-1"
SIGNING = "whsec_aW52ZW50ZWQtdmFsdWUtZm9yLXRoZS1mdXp6ZXI="
FORMS: list[dict[str, Any]] = [
    {"path_token": TOKEN},
    {"secret": SECRET, "header": "x-fixture-secret"},
    {"secret": SECRET, "header": "x-fixture-signature", "scheme": "hmac-sha256"},
    {"secret": SIGNING, "scheme": "standard-webhooks"},
    {"path_token": TOKEN, "secret": SECRET, "header": "x-fixture-signature", "scheme": "hmac-sha512"},
]
STATUSES = {200, 400, 401, 404, 405, 413, 415}
ODD: list[Any] = [None, True, -1, 1e308, 10**30, "", "\ud800", "\x00", "é" * 70, [], {}, [[]], {"a": {"b": []}}]


class Fuzzer:
    """Makes deliveries from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.samples = [sample(name) for name in event_names()]

    def mutate_bytes(self, value: bytes) -> bytes:
        """One to four changes of bytes."""
        for _ in range(self.random.randrange(1, 5)):
            at = self.random.randrange(len(value) + 1)
            kind = self.random.randrange(5)
            inserted = self.random.randbytes(self.random.randrange(1, 9))
            value = [
                value[:at],
                value[:at] + inserted + value[at:],
                value[:at] + inserted + value[at + len(inserted) :],
                value[:at] + value[at // 2 : at] + value[at:],
                value.replace(b'"', self.random.choice([b"'", b"[", b'"\\u0000', b"{"]), 1),
            ][kind]
        return value

    def mutate_json(self) -> bytes:
        """A sample in which a value somewhere is another one."""
        payload: Any = json.loads(json.dumps(self.random.choice(self.samples)))
        place = payload
        while True:
            key = self.random.choice([*place] if isinstance(place, dict) else [*range(len(place))])
            if isinstance(place[key], (dict, list)) and place[key] and self.random.random() < 0.7:
                place = place[key]
                continue
            place[key] = self.random.choice(ODD)
            return json.dumps(payload).encode()

    def mutate_text(self, value: str) -> str:
        """Another text, whatever it is made of."""
        mutated = self.mutate_bytes(value.encode("utf-8", "surrogatepass"))
        return mutated.decode(self.random.choice(["latin-1", "utf-8"]), "surrogateescape")

    def mutate_request(self, request: Delivery) -> Delivery:
        """Other headers, another path or another method."""
        headers, path = dict(request.headers), request.path
        if self.random.random() < 0.3:
            name = self.random.choice([*headers])
            headers[name] = self.mutate_text(headers[name])
        if self.random.random() < 0.2:
            headers[self.mutate_text(self.random.choice([*headers]))] = self.mutate_text("application/json")
        if self.random.random() < 0.2:
            path = self.mutate_text(path)
        method = self.random.choice(["POST"] * 30 + ["PUT", "DELETE", "", "pöst"])
        return Delivery(method, path, headers, request.body)


def is_proven(request: Delivery, proof: Delivery, form: dict[str, Any]) -> bool:
    """Whether a request has all that its right form has: the token in the path, and each header once, as it was."""
    if "path_token" in form and TOKEN not in request.path.partition("?")[0].split("/"):
        return False
    folded = [(name.lower(), value) for name, value in request.headers.items()]
    names = [name.lower() for name in proof.headers if name != "content-type"]
    found = [[_canonical(value) for name, value in folded if name == each] for each in names]
    return found == [[_canonical(proof.headers[each])] for each in names]


def is_json(body: bytes) -> bool:
    """Whether a body is JSON in UTF-8."""
    try:
        json.loads(body.decode())
    except ValueError:
        return False
    return True


def _canonical(value: str) -> str:
    """Digests in hex may be in capital letters, and may have blanks around them."""
    return value.strip().lower() if len(value.strip()) in (64, 128) else value


def main(count: int, seed: int) -> str:
    """Let a receiver answer so many deliveries; what was found."""
    fuzzer, accepted = Fuzzer(seed), []
    receivers = [webhooks.Receiver(webhooks.Verifier(**form), forward=accepted.append) for form in FORMS]
    statuses: Counter[int] = Counter()
    for receiver in receivers:
        receiver.fallback(lambda event: None)
    for number in range(count):
        form, receiver = FORMS[number % len(FORMS)], receivers[number % len(FORMS)]
        body = (
            fuzzer.mutate_json() if number % 3 else fuzzer.mutate_bytes(json.dumps(fuzzer.samples[number % 7]).encode())
        )
        proof = sign(body, form)
        unsigned = delivery({}, **form)._replace(body=body)  # has the proof of another body
        request = fuzzer.mutate_request(proof if number % 2 else unsigned)
        proven = is_proven(request, proof, form)
        if form.get("scheme") == "standard-webhooks" and not is_json(body):
            continue  # the library reads the body too, so that these are refused, and would be anyway
        before = len(accepted)
        status = receiver.receive(*request).status
        statuses[status] += 1
        if status not in STATUSES:
            raise SystemExit(f"{status} for {request!r}")
        if len(accepted) > before:
            if not proven:
                raise SystemExit(f"accepted without its proof: {request!r}")
            event = accepted.pop()
            if event.key != webhooks.parse(event.to_dict()).key:
                raise SystemExit(f"another key after to_dict: {request!r}")
        elif proven and request.method == "POST" and status in (401, 404):
            raise SystemExit(f"refused with its proof: {request!r}")
    return f"{count} deliveries: {dict(sorted(statuses.items()))}"


def sign(body: bytes, form: dict[str, Any]) -> Delivery:
    """The request for a body of any bytes, with its proof."""
    import base64
    import hmac
    from datetime import UTC, datetime

    request = delivery({}, **form)
    headers = dict(request.headers)
    if form.get("scheme") == "standard-webhooks":
        now = int(datetime.now(UTC).timestamp())
        signed = hmac.digest(base64.b64decode(SIGNING[6:]), f"msg_fixture.{now}.".encode() + body, "sha256")
        headers |= {"webhook-timestamp": str(now), "webhook-signature": "v1," + base64.b64encode(signed).decode()}
    elif "scheme" in form:
        headers[form["header"]] = hmac.new(SECRET.encode(), body, form["scheme"][5:]).hexdigest()
    return request._replace(body=body, headers=headers)


if __name__ == "__main__":
    import logging

    logging.disable()
    arguments = [int(each) for each in sys.argv[1:]]
    sys.stdout.write(main(*(arguments + [100_000, 1][len(arguments) :])) + "\n")
