"""Forked processes never block on locks held by parent threads.

Theory of operation. A fork copies the memory of the parent, with the state of every lock, and only the thread that
forks. A lock that another thread held is never released in the child, and what that thread had half done stays so. The
locks that calls pass through are therefore avoided (declared fields instead of cached properties, ``NoCookies``),
replaced in the child (those of connection pools) or, where neither is possible (imports), only taken while
``fork_lock`` is held: a fork waits for that one, through ``os.register_at_fork``.
"""

import os
import threading

fork_lock = threading.RLock()
"""Held while modules are imported during a call, and while a client gets a new owner; no fork happens meanwhile."""

if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has no fork)
    os.register_at_fork(before=fork_lock.acquire, after_in_parent=fork_lock.release, after_in_child=fork_lock.release)
