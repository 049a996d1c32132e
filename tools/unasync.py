"""Derive the blocking clients in ``omni/_sync`` from the async ones in ``omni/_async``.

    python tools/unasync.py            write them
    python tools/unasync.py --check    fail if they differ from what would be written

A rule that no file uses fails too. If async code needs another rule, write it differently.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE, TARGET = ROOT / "omni" / "_async", ROOT / "omni" / "_sync"
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
    expected, unused = derive()
    if unused:
        print(f"tools/unasync.py: no file uses these rules, so delete them: {', '.join(unused)}")
        return 1
    files = {path for path in TARGET.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    actual = {path: path.read_text() for path in files}
    wrong = [path for path in sorted(expected | actual) if expected.get(path) != actual.get(path)]
    for path in wrong:
        name = path.relative_to(TARGET).as_posix()
        if "--check" in sys.argv[1:]:
            print(f"omni/_sync/{name} is not what omni/_async/{name} gives: {REPAIR}")
        elif path in expected:
            path.parent.mkdir(exist_ok=True)
            path.write_text(expected[path])
        else:
            path.unlink()
    return 1 if wrong and "--check" in sys.argv[1:] else 0


def derive() -> tuple[dict[Path, str], set[str]]:
    """The blocking files, and the rules that no file uses."""
    expected, unused = {}, {pattern for pattern, _ in RULES}
    for path in sorted(SOURCE.glob("*.py")):
        code = path.read_text()
        for pattern, replacement in RULES:
            code, count = re.subn(pattern, replacement, code)
            unused -= {pattern} if count else set()
        expected[TARGET / path.name] = (
            f"# Derived from omni/_async/{path.name} by tools/unasync.py, do not edit.\n{code}"
        )
    return expected, unused


if __name__ == "__main__":
    sys.exit(main())
