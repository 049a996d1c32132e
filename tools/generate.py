"""Make ``generated/omni_client`` from ``openapi/omni.yaml``.

    python tools/generate.py            write it
    python tools/generate.py --check    fail if it differs from what would be written

The spec is validated first, generator warnings are failures, and a failed run leaves the old tree as it was.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

HERE = Path(__file__).resolve().parent.parent
SPEC, CONFIG = HERE / "openapi" / "omni.yaml", HERE / "openapi" / "generator.yaml"
TARGET = HERE / "generated" / "omni_client"
REPAIR = "run `nox -s generate` and commit the result; change openapi/omni.yaml, never generated/"


def main() -> int:
    """Write or check the generated client; the exit status."""
    if problem := invalid():
        print(problem)
        return 1
    # Beside the target, so that the swap below is a rename within one file system.
    with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix=".new-") as folder:
        fresh = Path(folder) / TARGET.name
        if not generate(fresh):
            return 1
        if "--check" in sys.argv[1:]:
            wrong = differences(fresh, TARGET)
            for name, what in wrong:
                print(f"generated/omni_client/{name} {what}: {REPAIR}")
            return 1 if wrong else 0
        if TARGET.exists():
            TARGET.rename(Path(folder) / "old")
        fresh.rename(TARGET)
    return 0


def invalid() -> str:
    """What is wrong with the spec, or an empty string."""
    try:
        validate(yaml.safe_load(SPEC.read_text()))
    except yaml.YAMLError as error:
        return f"openapi/omni.yaml is not YAML: {error}"
    except OpenAPIValidationError as error:
        return f"openapi/omni.yaml, at {'/'.join(map(str, error.path)) or 'the top'}: {error.message}"
    return ""


def generate(target: Path) -> bool:
    """Run the pinned generator and the pinned formatter, found beside this Python; whether all went well."""
    tools = Path(sys.executable).parent
    command = [tools / "openapi-python-client", "generate", "--path", SPEC, "--config", CONFIG, "--meta", "none"]
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [*map(str, command), "--output-path", str(target), "--fail-on-warning"],
        env=environment,
        capture_output=True,
        text=True,
    )
    shutil.rmtree(target / ".ruff_cache", ignore_errors=True)
    (target / "py.typed").touch()  # PEP 561; the generator writes it only into a distribution of its own
    if done.returncode or "arning" in done.stdout + done.stderr:
        print(done.stdout, done.stderr, "The generator failed or warned: mend openapi/omni.yaml. Nothing was changed.")
        return False
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
    """The files below a folder, but for Python's caches."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


if __name__ == "__main__":
    sys.exit(main())
