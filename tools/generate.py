"""Make ``generated/omni_client`` from ``openapi/omni.yaml``.

    python tools/generate.py            write it
    python tools/generate.py --check    fail if it differs from what would be written

The spec is checked first by tools/lint_spec.py. Generator warnings are failures, and a failed run leaves the old tree
as it was.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lint_spec import problems

ROOT = Path(__file__).resolve().parent.parent
SPEC, CONFIG, TEMPLATES = (ROOT / "openapi" / name for name in ("omni.yaml", "generator.yaml", "templates"))
TARGET = ROOT / "generated" / "omni_client"


def main() -> int:
    """Write or check the generated client; the exit status."""
    if lines := problems(SPEC.read_text()):
        print(*lines, "Nothing was changed.", sep="\n")
        return 1
    # Beside the target, so that the swap below is a rename within one file system.
    with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix=".new-") as folder:
        new = Path(folder) / TARGET.name
        if not generate(new):
            return 1
        if "--check" in sys.argv[1:]:
            return check(files(new), files(TARGET))
        if TARGET.exists():
            TARGET.rename(Path(folder) / "old")
        new.rename(TARGET)
    return 0


def generate(target: Path) -> bool:
    """Run the pinned generator and the pinned formatter, found beside this Python; whether all went well."""
    tools = Path(sys.executable).parent
    command = [tools / "openapi-python-client", "generate", "--path", SPEC, "--config", CONFIG, "--meta", "none"]
    command += ["--custom-template-path", TEMPLATES, "--output-path", target, "--fail-on-warning"]
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True)
    if done.returncode or "arning" in done.stdout + done.stderr:
        print(done.stdout, done.stderr, "The generator failed or warned: fix openapi/omni.yaml. Nothing was changed.")
        return False
    shutil.rmtree(target / ".ruff_cache", ignore_errors=True)
    (target / "py.typed").touch()  # PEP 561; the generator writes it only into a distribution of its own
    return True


def check(expected: dict[str, bytes], actual: dict[str, bytes]) -> int:
    """Name every file that differs, and the repair; the exit status."""
    wrong = [name for name in sorted(expected | actual) if expected.get(name) != actual.get(name)]
    for name in wrong:
        print(
            f"generated/{TARGET.name}/{name} is not what openapi/omni.yaml gives:"
            " run `nox -s generate` and commit the result; change openapi/omni.yaml, never generated/"
        )
    return 1 if wrong else 0


def files(folder: Path) -> dict[str, bytes]:
    """The generated files in a folder: all but Python's caches."""
    paths = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


if __name__ == "__main__":
    sys.exit(main())
