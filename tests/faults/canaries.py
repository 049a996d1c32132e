"""What must never be seen: a key, and two persons. ``ASKED`` is in requests, ``ANSWERED`` in answers, ids in both.

A canary is looked for as it is, percent-encoded, in base64 at each of its three phases, in hex, and with anything put
between its letters: what a quotation mark, a line break or a list of characters does to a text.
"""

import base64
import re
import traceback
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KEY = "canary-key-7Qw9ZkT3xLm5"
ASKED = ("Zaphira", "Quillfeather", "zaphira.quillfeather@example.com", "+12025550147")
ANSWERED = (
    "Oswaldine",
    "Brackenbury",
    "oswaldine.brackenbury@example.com",
    "+12025550198",
    "signature=canarysignature",
)
IDS = ("c4na7y00-0000-4000-8000-00000000001d", "c4na7y00-0000-4000-8000-0000000000d0")
LEAD_ID, DOCUMENT_ID = IDS

_LINK = f"https://files.example.com/{ANSWERED[1]}?{ANSWERED[4]}"
_PERSONAL = {
    "firstName": ANSWERED[0],
    "lastName": ANSWERED[1],
    "businessName": f"{ANSWERED[1]} Freight",
    "email": ANSWERED[2],
    "phoneNumber": ANSWERED[3],
    "filename": f"{ANSWERED[1]}.pdf",
    "summary": f"Wrote to {ANSWERED[0]}",
    "label": f"Licence of {ANSWERED[1]}",
    "value": ANSWERED[1],
    "signedUrl": _LINK,
    "url": _LINK,
}


def personal(data: Any) -> Any:
    """An answer that is about the person, wherever it was about somebody else."""
    if isinstance(data, list):
        return [personal(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {
        key: _PERSONAL[key] if key in _PERSONAL and isinstance(value, (str, type(None))) else personal(value)
        for key, value in data.items()
    }


def seen(output: str | bytes, *canaries: str) -> list[str]:
    """The canaries that are in an output, however they got there."""
    text = output.decode("latin-1") if isinstance(output, bytes) else output
    plain = re.sub(r"[\W_]", "", re.sub(r"\\[nrt]", "", urllib.parse.unquote(text))).lower()
    return [canary for canary in canaries if _letters(canary) in plain or any(form in text for form in _forms(canary))]


def _letters(canary: str) -> str:
    return re.sub(r"[\W_]", "", canary).lower()


def _forms(canary: str) -> set[str]:
    """How it reads in base64, wherever in the encoded text it stands, and in hex."""
    data = canary.encode()
    forms = {data.hex(), data.hex().upper(), "".join(f"%{byte:02X}" for byte in data)}
    for phase in range(3):
        encoded = base64.b64encode(b"\0" * phase + data).decode().rstrip("=")
        whole = encoded[(phase * 8 + 5) // 6 : len(encoded) - 1]  # but for what its neighbours are mixed into
        forms |= {whole, whole.replace("+", "-").replace("/", "_")}
    return forms


class Search:
    """What was looked through, by kind of output, and what was found there."""

    def __init__(self) -> None:
        self.looked: Counter[str] = Counter()
        self.found: list[str] = []

    def look(self, kind: str, output: str | bytes, *canaries: str) -> None:
        """Look for canaries in one output."""
        self.looked[kind] += 1
        self.found += [f"{canary} in {kind}: {output[:500]!r}" for canary in seen(output, *canaries)]


def frames(error: BaseException, *, but: str = "tests/faults/") -> Iterator[str]:
    """Line and locals of every frame outside of the tests, of an error and of all that led to it.

    Those of files with ``but`` in their path are passed over too.
    """
    led, done = [error], set[int]()
    while led:
        error = led.pop()
        if id(error) in done:
            continue
        done.add(id(error))
        found = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
        for frame in found.stack:
            path = Path(frame.filename)
            if path.parent != Path(__file__).parent and but not in path.as_posix():
                yield f"{frame.line} {frame.locals}"
        led += filter(None, (error.__cause__, error.__context__, *getattr(error, "exceptions", ())))
