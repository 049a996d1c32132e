"""Canaries: a key, two persons and two ids that no output may show, and the search for them.

``REQUEST_PERSON`` is in requests, ``RESPONSE_PERSON`` and ``SIGNATURE`` in responses, ids in both. A canary is searched
for as it is, percent-encoded, in base64 at each of its three phases, in hex, and with punctuation or line breaks
between its letters: what a quotation mark, a line break or a list of characters does to a text.
"""

import base64
import re
import traceback
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Person(NamedTuple):
    """What is known of somebody, in the order of the fields of a request."""

    first_name: str
    last_name: str
    email: str
    phone_number: str


KEY = "canary-key-7Qw9ZkT3xLm5"
REQUEST_PERSON = Person("Zaphira", "Quillfeather", "zaphira.quillfeather@example.com", "+12025550147")
RESPONSE_PERSON = Person("Oswaldine", "Brackenbury", "oswaldine.brackenbury@example.com", "+12025550198")
SIGNATURE = "signature=canarysignature"
"""The secret part of a file's link."""
IDS = ("c4na7y00-0000-4000-8000-00000000001d", "c4na7y00-0000-4000-8000-0000000000d0")
LEAD_ID, DOCUMENT_ID = IDS
ALL_CANARIES = (KEY, *REQUEST_PERSON, *RESPONSE_PERSON, SIGNATURE, *IDS)

_LINK = f"https://files.example.com/{RESPONSE_PERSON.last_name}?{SIGNATURE}"
_PERSONAL_FIELDS = {
    "firstName": RESPONSE_PERSON.first_name,
    "lastName": RESPONSE_PERSON.last_name,
    "businessName": f"{RESPONSE_PERSON.last_name} Freight",
    "email": RESPONSE_PERSON.email,
    "phoneNumber": RESPONSE_PERSON.phone_number,
    "filename": f"{RESPONSE_PERSON.last_name}.pdf",
    "summary": f"Wrote to {RESPONSE_PERSON.first_name}",
    "label": f"Licence of {RESPONSE_PERSON.last_name}",
    "value": RESPONSE_PERSON.last_name,
    "signedUrl": _LINK,
    "url": _LINK,
}


def insert_canaries(data: Any) -> Any:
    """Return the JSON of a response with every personal field about ``RESPONSE_PERSON``."""
    if isinstance(data, list):
        return [insert_canaries(element) for element in data]
    if not isinstance(data, dict):
        return data
    return {
        key: _PERSONAL_FIELDS[key]
        if key in _PERSONAL_FIELDS and isinstance(value, (str, type(None)))
        else insert_canaries(value)
        for key, value in data.items()
    }


def find_canaries(output: str | bytes, *canaries: str) -> list[str]:
    """Return the canaries that an output contains in any form."""
    text = output.decode("latin-1") if isinstance(output, bytes) else output
    letters = _letters(re.sub(r"\\[nrt]", "", urllib.parse.unquote(text)))
    return [
        canary
        for canary in canaries
        if _letters(canary) in letters or any(form in text for form in _encoded_forms(canary))
    ]


def _letters(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return re.sub(r"[\W_]", "", text).lower()


def _encoded_forms(canary: str) -> set[str]:
    """Return how a canary reads in hex, percent-encoded, and in base64 wherever in the encoded text it stands."""
    data = canary.encode()
    forms = {data.hex(), data.hex().upper(), "".join(f"%{byte:02X}" for byte in data)}
    for phase in range(3):
        encoded = base64.b64encode(b"\0" * phase + data).decode().rstrip("=")
        whole = encoded[(phase * 8 + 5) // 6 : len(encoded) - 1]  # without the characters that neighbours share
        forms |= {whole, whole.replace("+", "-").replace("/", "_")}
    return forms


class LeakSearch:
    """A search of many outputs: how many of each kind were searched, and the leaks."""

    def __init__(self) -> None:
        self.searched: Counter[str] = Counter()
        self.leaks: list[str] = []

    def search(self, kind: str, output: str | bytes, *canaries: str) -> None:
        """Search one output for canaries."""
        self.searched[kind] += 1
        self.leaks += [f"{canary} in {kind}: {output[:500]!r}" for canary in find_canaries(output, *canaries)]

    def search_frames(self, kind: str, error: BaseException, *, exclude: str = "tests/faults/") -> None:
        """Search the lines and locals of all frames of an error that ``frame_texts`` yields."""
        for text in frame_texts(error, exclude=exclude):
            self.search(kind, text, *ALL_CANARIES)


def frame_texts(error: BaseException, *, exclude: str = "tests/faults/") -> Iterator[str]:
    """Yield line and locals of every frame outside of the tests, of an error and of all that led to it.

    Frames of files with ``exclude`` in their path are skipped too.
    """
    pending, visited = [error], set[int]()
    while pending:
        error = pending.pop()
        if id(error) in visited:
            continue
        visited.add(id(error))
        captured = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
        for frame in captured.stack:
            path = Path(frame.filename)
            if path.parent != Path(__file__).parent and exclude not in path.as_posix():
                yield f"{frame.line} {frame.locals}"
        pending += filter(None, (error.__cause__, error.__context__, *getattr(error, "exceptions", ())))
