"""What drift reports: one way in which a response is not what the contract says."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Difference:
    """One way in which a response is not what the contract says; it holds no personal data."""

    kind: str
    """``unknown key``, ``unknown value``, ``wrong type`` (a null too), ``wrong format`` or ``missing key``."""
    path: str
    """Where: keys joined by dots, ``[]`` for the elements of an array; empty for the whole body."""
    detail: str
    """The enum value or JSON type that came, or the expected format; empty for a missing key."""
    count: int = field(default=1, compare=False)
    """How often."""


Observe = Callable[[str, tuple[Difference, ...]], None]
