"""The command line, ``omni``: each command reads its options, calls the library and prints."""

import os
import sys
from importlib.util import find_spec
from io import TextIOWrapper


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
