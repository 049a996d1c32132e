"""What a child must not wait for after a fork: a lock that another thread of its parent held, and nobody releases."""

import os
import threading
from contextlib import nullcontext
from functools import cached_property
from typing import TypeVar

C = TypeVar("C", bound=type)

fork_lock = threading.RLock()
"""Held while modules are loaded, or a client is settled in another process or event loop: no child may find that half
done, since nobody will end it there."""

if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has no fork)
    os.register_at_fork(before=fork_lock.acquire, after_in_parent=fork_lock.release, after_in_child=fork_lock.release)


def without_lock(cls: C) -> C:
    """Take the lock from cached properties: in Python 3.11, all objects of a class share one while a value is made."""
    for member in vars(cls).values():
        if isinstance(member, cached_property):
            member.lock = nullcontext()  # type: ignore[attr-defined]
    return cls
