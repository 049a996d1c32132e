"""Derive the blocking clients in ``omni/_sync`` from the async ones in ``omni/_async``.

    python tools/unasync.py            write them
    python tools/unasync.py --check    fail if they differ from what would be written

A rule that no file uses any more fails too. If async code needs another rule, write it differently.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
SOURCE, TARGET = HERE / "omni" / "_async", HERE / "omni" / "_sync"
REPAIR = "run `nox -s derive` and commit the result; edit omni/_async, never omni/_sync"

RULES = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bhttpx\.AsyncByteStream\b", "httpx.SyncByteStream"),
    (r"\bhttpx\.Async", "httpx."),
    (r"\b(Stop)?Async(?=[A-Z])", r"\1"),
    (r"\bset_async_httpx_client\b", "set_httpx_client"),
    (r"\baclose\b", "close"),
    (r"\b__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\bomni\._async\b", "omni._sync"),
]


def main() -> int:
    """Write or check the blocking files; the exit status."""
    unused = dict(RULES)
    wanted = {}
    for path in sorted(SOURCE.glob("*.py")):
        code = path.read_text()
        for pattern, replacement in RULES:
            code, count = re.subn(pattern, replacement, code)
            if count:
                unused.pop(pattern, None)
        wanted[TARGET / path.name] = f"# Derived from omni/_async/{path.name} by tools/unasync.py, do not edit.\n{code}"
    if unused:
        print(f"unasync: no file uses these rules any more, so delete them: {', '.join(unused)}")
        return 1
    if "--check" in sys.argv[1:]:
        return check(wanted)
    TARGET.mkdir(exist_ok=True)
    for path in files() - set(wanted):
        path.unlink()
    for path, code in wanted.items():
        path.write_text(code)
    return 0


def check(wanted: dict[Path, str]) -> int:
    """Name every file that differs, and the repair."""
    found = {path: path.read_text() for path in files()}
    wrong = sorted(
        path.relative_to(TARGET).as_posix() for path in set(wanted) | set(found) if wanted.get(path) != found.get(path)
    )
    for name in wrong:
        print(f"omni/_sync/{name} is not what omni/_async/{name} gives: {REPAIR}")
    return 1 if wrong else 0


def files() -> set[Path]:
    """Everything that lies in ``omni/_sync``, but for Python's caches."""
    return {path for path in TARGET.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


if __name__ == "__main__":
    sys.exit(main())
