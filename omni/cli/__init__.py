"""The command line, ``omni``: each command reads its options, calls the library and prints."""

import atexit
import os
import sys
import threading
from importlib.util import find_spec
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn


def main() -> None:
    """Run the command line; without the packages of the extra, say how to get them."""
    if not (find_spec("click") and find_spec("rich")):
        sys.exit("error: The command line needs more packages: pip install 'omniai-leads[cli]'.")
    # httpx would load its own command line, with more of rich and pygments than any command of ours needs.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    try:
        from omni.cli._main import omni_command
    except KeyboardInterrupt:
        sys.exit(130)

    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller closed it
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115 - for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the encoding cannot hold must not fail
    omni_command(prog_name="omni")


def run() -> None:
    """Run the command line as the whole of a process, which ends at once after the command.

    Python would free every object first, which takes 30 ms. What is registered for the end runs all the same.
    """
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
        if not isinstance(code, int) or threading.active_count() > 1 or not _is_outermost(sys._getframe(1)):
            raise
        _end_process(code, end)


def _end_process(code: int, end: SystemExit) -> NoReturn:  # pragma: no cover (what measures it is over by then)
    atexit._run_exitfuncs()  # as multiprocessing does before it ends a process in the same way
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        raise end from None  # Python flushes once more, and has a message and an exit code for it
    os._exit(code)


def _is_outermost(caller: FrameType | None) -> bool:
    """Whether a script or ``python -m`` is the caller, and not a profiler, a debugger or a test runner around it."""
    names: list[object] = []
    while caller:
        names.append(caller.f_globals.get("__name__"))
        caller = caller.f_back
    return names[:1] == ["__main__"] and {*names[1:]} <= {"runpy"}
