"""Make ``generated/omni_client`` from ``openapi/omni.yaml``.

    python tools/generate.py            write it
    python tools/generate.py --check    fail if it differs from what would be written

The spec is checked first by tools/lint_spec.py, generator warnings are failures, and a failed run leaves the old tree
as it was.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lint_spec import problems

HERE = Path(__file__).resolve().parent.parent
SPEC, CONFIG = HERE / "openapi" / "omni.yaml", HERE / "openapi" / "generator.yaml"
TEMPLATES = HERE / "openapi" / "templates"
TARGET = HERE / "generated" / "omni_client"
REPAIR = "run `nox -s generate` and commit the result; change openapi/omni.yaml, never generated/"


def main() -> int:
    """Write or check the generated client; the exit status."""
    if wrong_lines := problems(SPEC.read_text()):
        print(*wrong_lines, "Nothing was changed.", sep="\n")
        return 1
    # Beside the target, so that the swap below is a rename within one file system.
    with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix=".new-") as folder:
        fresh = Path(folder) / TARGET.name
        if not generate(fresh):
            return 1
        if "--check" in sys.argv[1:]:
            wrong = differences(fresh.parent, TARGET.parent)
            for name, what in wrong:
                print(f"generated/{name} {what}: {REPAIR}")
            return 1 if wrong else 0
        if TARGET.exists():
            TARGET.rename(Path(folder) / "old")
        fresh.rename(TARGET)
    return 0


def generate(target: Path) -> bool:
    """Run the pinned generator and the pinned formatter, found beside this Python; whether all went well."""
    tools = Path(sys.executable).parent
    command = [tools / "openapi-python-client", "generate", "--path", SPEC, "--config", CONFIG, "--meta", "none"]
    command += ["--custom-template-path", TEMPLATES]
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [*map(str, command), "--output-path", str(target), "--fail-on-warning"],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode or "arning" in done.stdout + done.stderr:
        print(done.stdout, done.stderr, "The generator failed or warned: mend openapi/omni.yaml. Nothing was changed.")
        return False
    shutil.rmtree(target / ".ruff_cache", ignore_errors=True)
    (target / "py.typed").touch()  # PEP 561; the generator writes it only into a distribution of its own
    return True


def differences(wanted: Path, found: Path) -> list[tuple[str, str]]:
    """Each file that is not byte for byte what it should be, and what is wrong with it."""
    wanted_files, found_files = files(wanted), files(found)
    wrong = dict.fromkeys(wanted_files - found_files, "is missing")
    wrong |= dict.fromkeys(found_files - wanted_files, "comes from nowhere")
    same, _, _ = filecmp.cmpfiles(wanted, found, wanted_files & found_files, shallow=False)
    wrong |= dict.fromkeys((wanted_files & found_files) - set(same), "is not what the spec gives")
    return sorted(wrong.items())


def files(folder: Path) -> set[str]:
    """What is made by machine below a folder: all but the README, hidden folders and Python's caches."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if name != "README.md" and not name.startswith(".") and "__pycache__" not in name}


if __name__ == "__main__":
    sys.exit(main())
