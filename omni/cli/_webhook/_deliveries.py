"""``omni webhook trigger``, ``replay`` and ``inspect``: deliveries that are made up, or were saved by ``serve``."""

import base64
import json
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import click

from omni._operations.contract import contract
from omni._views.json_values import as_dict, is_a
from omni.cli._connection import Failure, UsageFailure
from omni.cli._options import completes, drop_unset, example
from omni.cli._output import clean, print_json, print_line, print_row
from omni.cli._webhook._options import is_local, posts_to, proves, webhook
from omni.errors import UsageError, WebhookError

_SECONDS = 5.0
"""How long the service waits for a response."""
_NOT_SENT_ON = {
    *("host", "content-length", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
    *("proxy-authenticate", "proxy-authorization", "proxy-connection"),
}
"""Headers that belong to one connection, or are made anew."""

_NO_PROOF = (
    "No header proves anything with this secret. See whether it is the one that is set for this webhook, and whether"
    " the body was saved byte for byte. If so, ask for a path that nobody can guess: Verifier(path_token=…)."
)

saved_file = click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))


class Delivery(NamedTuple):
    """A request, as it came."""

    path: str
    headers: list[tuple[str, bytes]]
    body: bytes


@webhook.command(epilog=example("omni webhook trigger document.extracted --outcome refused"))
@click.argument("event", metavar="EVENT", type=click.Choice([*contract()["webhooks"]]))
@posts_to("Address of the receiver.", "http://127.0.0.1:8090/")
@click.option(
    "--stage",
    metavar="NAME",
    default="v3",
    show_default=True,
    help="Payload of that time: v0 to v3.",
    **completes(("v0", "v1", "v2", "v3")),
)
@click.option(
    "--outcome",
    metavar="NAME",
    help="Of document.extracted: refused, not_recognised or failed.",
    **completes(("refused", "not_recognised", "failed")),
)
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change the sample (repeatable).")
@proves
@click.option("--print", "only_print", is_flag=True, help="Print the JSON, and send nothing.")
def trigger(
    event: str, to: str, stage: str, outcome: str | None, changes: tuple[str, ...], only_print: bool, **proof: Any
) -> None:
    """Send the sample of an event to a receiver.

    EVENT is lead.created, lead.updated, lead.completed, action_log.completed, action_log.failed, document.received or
    document.extracted. The status and the milliseconds are printed; the exit code is 1 if the status is not 200.
    """
    from omni.webhooks import testing

    try:
        payload = testing.sample(
            event, stage=stage, changes=dict(map(_parse_change, changes)), **drop_unset(outcome=outcome)
        )
    except (LookupError, TypeError):
        raise UsageFailure("--set: the sample has no such path; --print shows what it has.") from None
    if only_print:
        print_json(payload)
    else:
        _require_success(send(payload, to, proof))


@webhook.command(epilog=example("omni webhook replay deliveries.jsonl --only lead.completed"))
@saved_file
@posts_to("Address of the receiver; without a path, that of the delivery.", "http://127.0.0.1:8090")
@click.option("--only", metavar="EVENT", help="Only the events of this name.", **completes(contract()["webhooks"]))
def replay(file: Path, to: str, only: str | None) -> None:
    """Send deliveries again that serve saved, in their order.

    One line each, separated by tabs: number of the line, event, status, milliseconds. The exit code is 1 if a status
    is not 200.
    """
    failed = 0
    for number, delivery in enumerate(_read(file), 1):
        name = _event_name(delivery.body)
        if only in (None, name):
            status, milliseconds = forward(delivery, to)
            print_row(number, name, status, milliseconds)
            failed += status != 200
    if failed:
        raise Failure(f"{failed} deliveries were not answered 200.")


@webhook.command("inspect", epilog=example("omni webhook inspect deliveries.jsonl --line 1"))
@saved_file
@click.option("--line", type=click.IntRange(min=1), metavar="NUMBER", help="Which one of several; else the last.")
def inspect_command(file: Path, line: int | None) -> None:
    """Find the header that proves who sent a delivery.

    FILE is what serve saved, or a request as text: its head, an empty line, its body. The secret comes from
    OMNI_WEBHOOK_SECRET, or is asked for. No values are shown, only names. The exit code is 1 if nothing proves it.
    """
    from omni.webhooks import inspect_delivery

    deliveries = _read(file)
    if line and line > len(deliveries):
        raise UsageFailure(f"--line: the file has only {len(deliveries)} deliveries.")
    delivery = deliveries[line - 1 if line else -1]
    proofs = inspect_delivery(delivery.headers, delivery.body, _ask_for_secret())
    print_line(f"event    {_describe_event(delivery.body)}")
    print_line(f"headers  {' '.join(sorted({clean(name.lower()) for name, _ in delivery.headers}))}")
    for proof in proofs:
        print_line(f"proof    {clean(proof)}")
    if all("do not fit" in proof for proof in proofs):
        raise Failure(_NO_PROOF)


def send(payload: Mapping[str, Any], to: str, proof: Mapping[str, Any]) -> tuple[int | str, str]:
    """Post an event with its proof, and return the status and how long it took."""
    from omni.webhooks import Verifier, testing

    given = drop_unset(**proof)
    if given.keys() - {"scheme"}:
        Verifier(**given)  # says what is wrong with them
    delivery = testing.delivery(payload, **given)
    parts = urlsplit(to)
    if token := given.get("path_token"):
        parts = parts._replace(path=f"{parts.path.rstrip('/')}/{quote(token)}")
    headers = [(name, value.encode()) for name, value in delivery.headers.items()]
    return _post(urlunsplit(parts), headers, delivery.body)


def forward(delivery: Delivery, to: str) -> tuple[int | str, str]:
    """Post a delivery on; an address without a path gets that of the delivery."""
    parts = urlsplit(to)
    if not parts.path:
        parts = parts._replace(path=quote("/" + delivery.path.lstrip("/")))
    named = {value.decode("latin-1") for name, value in delivery.headers if name.lower() == "connection"}
    left_out = {name.strip().lower() for names in named for name in names.split(",")} | _NOT_SENT_ON
    headers = [(name, value) for name, value in delivery.headers if name.lower() not in left_out]
    return _post(urlunsplit(parts), headers, delivery.body)


def _post(url: str, headers: Iterable[tuple[str, bytes]], body: bytes) -> tuple[int | str, str]:
    """The status, or why there is none, and how long it took; a redirect is not followed, since the service may not."""
    import httpx

    # A proxy of the environment cannot reach a port of this machine.
    options: dict[str, Any] = {"timeout": _SECONDS, "trust_env": not is_local(urlsplit(url).hostname or "")}
    status: int | str
    with httpx.Client(**options) as client:
        started = time.perf_counter()
        try:
            pairs = [(name.encode("latin-1"), value) for name, value in headers]
            with client.stream("POST", url, headers=pairs, content=body) as response:
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            status = f"no response ({type(error).__name__})"
        return status, f"{(time.perf_counter() - started) * 1000:.0f} ms"


def _require_success(posted: tuple[int | str, str]) -> None:
    print_row(*posted)
    if posted[0] != 200:
        raise Failure("The receiver did not respond with 200, the only status that the service takes for an answer.")


def save(path: Path, delivery: Delivery, status: int) -> None:
    """Append a delivery to a file that only its owner can read."""
    headers = [[name, value.decode("latin-1")] for name, value in delivery.headers]
    line = {"received_at": datetime.now(UTC).isoformat(), "status": status, "method": "POST", "path": delivery.path}
    try:
        body = {"body": delivery.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(delivery.body).decode()}
    text = json.dumps({**line, "headers": headers, **body}) + "\n"
    file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        if stat.S_ISREG(os.fstat(file).st_mode):  # not of /dev/null
            path.chmod(0o600)  # it may have been there
        os.write(file, text.encode())  # in one piece, so that lines of two threads do not mix
    finally:
        os.close(file)


def _read(file: Path) -> list[Delivery]:
    """The deliveries of a file: lines of JSON, one JSON object, or one request as text."""
    content = file.read_bytes()
    if not content.lstrip().startswith(b"{"):
        return [_from_http(content)]
    with suppress(ValueError, RecursionError):
        return [_from_json(json.loads(content))]
    return [_from_line(number, line) for number, line in enumerate(content.splitlines(), 1)]


def _from_line(number: int, line: bytes) -> Delivery:
    with suppress(ValueError, RecursionError):
        return _from_json(json.loads(line))
    raise UsageFailure(f"Line {number} is no delivery: serve writes a JSON object with path, headers and body.")


def _from_json(data: Any) -> Delivery:
    """The delivery of an object; ValueError if it is none."""
    path, headers, body = data.get("path", "/"), data.get("headers"), data.get("body")
    pairs = headers.items() if is_a(headers, dict) else headers
    try:
        content = base64.b64decode(data["body_base64"]) if body is None else body.encode()
        return Delivery(str(path), [(str(name), str(value).encode("latin-1")) for name, value in pairs], content)
    except (AttributeError, LookupError, TypeError) as error:
        raise ValueError("no delivery") from error


def _from_http(content: bytes) -> Delivery:
    separator = b"\r\n\r\n" if b"\r\n\r\n" in content else b"\n\n"
    head, found, body = content.partition(separator)
    request, *lines = head.decode("latin-1").splitlines() or [""]
    pairs = [(name.strip(), value.strip().encode("latin-1")) for name, _, value in (x.partition(":") for x in lines)]
    if not found or len(request.split()) < 2:
        raise UsageFailure("The file has neither JSON nor a request: a line such as POST / HTTP/1.1, headers, a body.")
    # An editor may have added the end of a line.
    length = next((value for name, value in pairs if name.lower() == "content-length" and value.isdigit()), None)
    return Delivery(unquote(request.split()[1].partition("?")[0]), pairs, body[: int(length)] if length else body)


def _ask_for_secret() -> str:
    secret = os.environ.get("OMNI_WEBHOOK_SECRET")
    if not secret and not sys.stdin.isatty():
        raise UsageFailure("There is no terminal to ask for the secret: set OMNI_WEBHOOK_SECRET.")
    return secret or click.prompt("Secret of the webhook", hide_input=True, err=True)


def _parse_change(text: str) -> tuple[str, Any]:
    path, separator, value = text.partition("=")
    if not (path and separator):
        raise click.UsageError("--set takes a path, an equals sign and a value, such as data.leadId=lead-7.")
    with suppress(ValueError, RecursionError):
        return path, json.loads(value)
    return path, value


def _event_name(body: bytes) -> str:
    from omni.webhooks import parse

    try:
        return parse(body).name or "no name"
    except WebhookError:
        return "no event"


def _describe_event(body: bytes) -> str:
    name = _event_name(body)
    stages = [*_stages(name, body)]
    return clean(name) + (f", like payloads of {' or '.join(stages)}" if stages else "")


def _stages(name: str, body: bytes) -> Iterator[str]:
    """The payload stages whose samples have most keys in common with a body."""
    from omni.webhooks.testing import STAGES, sample

    likeness: dict[str, float] = {}
    for stage in STAGES:
        with suppress(UsageError):  # there is none
            keys, found = _keys(sample(name, stage=stage)), _keys(json.loads(body))
            likeness[stage] = len(keys & found) / len(keys | found)
    return (stage for stage in likeness if likeness[stage] == max(likeness.values()))


def _keys(payload: dict[str, Any]) -> set[str]:
    return {*payload} | {f"{key}.{inner}" for key, value in payload.items() for inner in as_dict(value)}
