"""Derive the blocking clients in ``omni/_sync`` from the async ones in ``omni/_async``.

    python tools/unasync.py            write them
    python tools/unasync.py --check    fail if they differ from what would be written

A rule that no file uses fails too. If async code needs another rule, write it differently.
"""

import re
import sys
from collections.abc import Iterator

from project import Project

REPAIR = "run `nox -s derive` and commit the result; edit {async}, never {sync}"

RULES = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bhttpx\.AsyncByteStream\b", "httpx.SyncByteStream"),
    (r"\bhttpx\.Async", "httpx."),
    (r"\b(Stop)?Async(?=[A-Z])", r"\1"),
    (r"\bset_async_httpx_client\b", "set_httpx_client"),
    (r"\bhandle_async_request\b", "handle_request"),
    (r"\baread\b", "read"),
    (r"\baclose\b", "close"),
    (r"\b__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\bomni\._async\b", "omni._sync"),
]


def main() -> int:
    """Write or check the blocking files; the exit status."""
    project = Project.load()
    wrong = [*(check if "--check" in sys.argv[1:] else write)(project)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


def write(project: Project) -> Iterator[str]:
    """Write the blocking files of a tree; what is wrong with the rules."""
    target = project.root / project.curated["sync"]
    expected, unused = derive(project)
    yield from unused
    target.mkdir(exist_ok=True)
    for path in target.glob("*.py"):
        if path.name not in expected:
            path.unlink()
    for name, code in expected.items():
        (target / name).write_text(code, "utf-8")


def check(project: Project) -> Iterator[str]:
    """Each blocking file that differs from what would be written, with the repair."""
    target = project.root / project.curated["sync"]
    expected, unused = derive(project)
    yield from unused
    actual = {path.name: path.read_text("utf-8") for path in target.iterdir() if path.is_file()}
    for name in sorted(expected | actual):
        if expected.get(name) != actual.get(name):
            source = "{sync}/{name} is not what {async}/{name} gives: "
            yield (source + REPAIR).format(name=name, **project.curated)


def derive(project: Project) -> tuple[dict[str, str], list[str]]:
    """The blocking files by name, and what is wrong with the rules."""
    expected, unused = {}, {pattern for pattern, _ in RULES}
    for path in sorted((project.root / project.curated["async"]).glob("*.py")):
        code = path.read_text("utf-8")
        for pattern, replacement in RULES:
            code, count = re.subn(pattern, replacement, code)
            unused -= {pattern} if count else set()
        source = f"{project.curated['async']}/{path.name}"
        expected[path.name] = f"# Derived from {source} by tools/unasync.py, do not edit.\n{code}"
    what = "tools/unasync.py: no file uses these rules, so delete them: "
    return expected, [what + ", ".join(sorted(unused))] if unused else []


if __name__ == "__main__":
    sys.exit(main())
