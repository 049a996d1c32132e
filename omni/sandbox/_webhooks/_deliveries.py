"""Where events are sent, and the log of what was sent. Neither shows an address in full, a body or a secret."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from omni.sandbox._webhooks._stages import EVENTS, STAGES

# That a secret is sent in a header is documented, but not in which, nor whether plain: both are inventions.
SECRET_HEADER = "X-Webhook-Secret"  # noqa: S105 - the name of a header

_TAKEN = {"connection", "content-length", "content-type", "host", "transfer-encoding"}

State: TypeAlias = Literal["waiting", "held", "lost", "delivered", "failed"]


@dataclass(frozen=True)
class Endpoint:
    """A URL that wants to know, and which events. Raises ValueError if it cannot be used."""

    url: str = field(repr=False)
    events: frozenset[str] = frozenset(EVENTS)
    secret: str | None = field(default=None, repr=False)
    header: str = SECRET_HEADER
    stage: str = "v3"

    def __post_init__(self) -> None:
        self._check_url()
        unknown = sorted(self.events - {*EVENTS})
        if unknown or not self.events:
            named = ", ".join(map(ascii, unknown)) or "chosen"
            raise ValueError(f"There is no webhook event {named}: choose from {', '.join(EVENTS)}.")
        if self.secret is not None and not re.fullmatch(r"[!-~]([ -~]*[!-~])?", self.secret):
            raise ValueError("The webhook secret goes into a header: use letters, digits and signs of ASCII.")
        if not re.fullmatch(r"[A-Za-z0-9-]+", self.header) or self.header.lower() in _TAKEN:
            raise ValueError(f"{self.header!a} cannot be the header of a secret: use one like {SECRET_HEADER}.")
        if self.stage not in STAGES:
            raise ValueError(f"There is no payload stage {self.stage!a}: choose from {', '.join(STAGES)}.")

    @property
    def origin(self) -> str:
        """Where it is, without the path and query, which may hold a token."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.url))

    def _check_url(self) -> None:
        try:
            parts = urlsplit(self.url)
            is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
            # Whether the API takes a name and password here is not documented: to refuse them is the strict choice.
            is_usable = is_usable and "@" not in parts.netloc and re.fullmatch("[!-~]+", self.url) is not None
        except ValueError:
            is_usable = False
        if not is_usable:
            repair = "use one such as http://localhost:9000/webhooks, without name or password"
            raise ValueError(f"The webhook URL is no http or https URL with a host: {repair}.")


@dataclass(frozen=True)
class Attempt:
    """One POST: the status of its response, or else why there was none, and how long it took."""

    status: int | None
    error: str | None
    seconds: float

    @property
    def outcome(self) -> str:
        """The status, or else why there was none."""
        return str(self.status or self.error)


@dataclass(eq=False)
class Delivery:
    """One event on its way to one endpoint.

    Its state is `waiting` until it is `delivered`, or has `failed` for good; faults make it `held` or `lost`.
    """

    id: str
    event: str
    endpoint: Endpoint = field(repr=False)
    payload: dict[str, Any] = field(repr=False)
    """The event, without links."""
    body: bytes = field(repr=False)
    """What was sent last."""
    state: State = "waiting"
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    @property
    def url(self) -> str:
        """Where it is sent."""
        return self.endpoint.url
