"""Make all that is made by machine from the spec, and say what that means for users: all of it, or nothing.

    python tools/generate.py                write it
    python tools/generate.py --check        fail if it differs from what would be written
    python tools/generate.py --dry-run      say what it would mean, and write nothing

Everything is made in a scratch tree first, which is moved into place when all of it is good. Whatever is refused is
refused before that, with file, line, column, rule and repair.
"""

import argparse
import ast
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import openapi_python_client
import unasync
from changes import NotComparable, Report, base_of, unpack_revision
from contract import contract_text
from lint_spec import Source, problems
from openapi_places import Place, operations, values
from openapi_python_client.config import Config, ConfigFile, MetaType
from project import Project, RefusedError, exit_status
from todo import todo

UNCHANGED = "Nothing was changed."
REPAIR = "run `nox -s generate` and commit the result; change the spec, never what is made from it"


def main() -> int:
    """Write or check what is generated; the exit status."""
    parser = argparse.ArgumentParser(description="Make all that is made by machine from the spec.")
    parser.add_argument("--check", action="store_true", help="fail if it differs from what would be written")
    parser.add_argument("--dry-run", action="store_true", help="say what it would mean, and write nothing")
    parser.add_argument(
        "--same-spec", action="store_true", help="compare with what is there, not with the last release"
    )
    options = parser.parse_args()
    project = Project.load()
    if options.check:
        return check(project)
    return write(project, trial=options.dry_run or options.same_spec, same_spec=options.same_spec)


def run(project: Project, text: str = "", *, trial: bool = False) -> int:
    """Write what is generated from the spec, or from another text of it; the exit status, of a trial too."""
    return exit_status(lambda: write(project, text, trial=trial), UNCHANGED)


def write(project: Project, text: str = "", *, trial: bool, same_spec: bool = False) -> int:
    """Make everything, put it into place if this is no trial, and print what it means."""
    with scratch_tree(project, text) as scratch:
        said = verdict(project, scratch, same_spec=same_spec)
        if not trial:
            move(project, scratch)
    print(said, *(["This was a trial: nothing was changed."] if trial else []), sep="\n\n")
    return 0


@contextmanager
def scratch_tree(project: Project, text: str = "") -> Iterator[Project]:
    """A scratch tree with everything that is made of the spec, or of another text of it."""
    with tempfile.TemporaryDirectory(dir=project.root, prefix=".new-") as folder:
        scratch = project.at(Path(folder))
        shutil.copytree(project.root / "openapi", scratch.root / "openapi")
        if text:
            scratch.spec.write_text(text, "utf-8")
        if wrong := problems(scratch) or [*make(project, scratch)]:
            raise RefusedError("\n".join(wrong))
        yield scratch


def make(project: Project, scratch: Project) -> Iterator[str]:
    """Make everything in the scratch tree; what is wrong."""
    shutil.copy2(project.root / "pyproject.toml", scratch.root)
    if package := project.curated.get("package"):
        shutil.copytree(project.root / package, scratch.root / package)
        yield from broken_code(scratch.root, scratch.root / package)
    yield from generate(scratch)
    scratch.contract.parent.mkdir(parents=True, exist_ok=True)
    scratch.contract.write_text(contract_text(scratch.document, scratch), "utf-8")
    if served := scratch.settings.get("served"):
        document = with_samples(scratch.document, scratch.spec.parent)
        (scratch.root / served).write_text(json.dumps(document, ensure_ascii=False) + "\n", "utf-8")
    if scratch.curated:
        yield from unasync.write(scratch)


def with_samples(value: Any, folder: Path) -> Any:
    """The document with the samples themselves in place of the names of their files: it is read where these are not."""
    if isinstance(value, list):
        return [with_samples(each, folder) for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(name := value.get("externalValue"), str):
        value = {key: each for key, each in value.items() if key != "externalValue"}
        value["value"] = json.loads((folder / name).read_text("utf-8"))
    return {key: with_samples(each, folder) for key, each in value.items()}


def broken_code(root: Path, folder: Path) -> Iterator[str]:
    """Code by hand that cannot be read, so that nothing could be said of it."""
    for path in sorted(folder.rglob("*.py")):
        try:
            ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "offset", 1)
            yield f"{path.relative_to(root)}:{line}:{column}: python: {getattr(error, 'msg', error)}; correct it"


def generate(project: Project) -> Iterator[str]:
    """Run the pinned generator and the pinned formatter, found beside this Python; what they say."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        settings = ConfigFile.load_from_path(project.root / "openapi" / "generator.yaml")
    except Exception as error:  # pydantic's, or whatever reads the file
        raise RefusedError(
            f"openapi/generator.yaml:1:1: generator: {' '.join(str(error).split())}; correct it"
        ) from None
    target = project.raw
    document = project.root / "openapi.json"  # which the generator reads a second faster than YAML
    document.write_text(json.dumps(project.document, default=str), "utf-8")
    config = Config.from_sources(settings, MetaType.NONE, document, "utf-8", False, target)
    templates = project.root / "openapi" / "templates"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with redirect_stdout(io.StringIO()):  # it says where it works
            errors = openapi_python_client.generate(
                config=config, custom_template_path=templates if templates.exists() else None
            )
    except Exception as error:  # it is not ours, and whatever it stumbles over must not end in a traceback
        yield Source(project).line("generator", (), f"it fails with {type(error).__name__}: {error}", "undo the edit")
        return
    if errors:
        source = Source(project)
        for each in errors:
            yield source.line("generator", place_of(each, source.spec), words_of(each), "write it otherwise")
        return
    shutil.rmtree(target / ".ruff_cache", ignore_errors=True)
    (target / "py.typed").touch()  # PEP 561; the generator writes it only into a distribution of its own


def words_of(error: Any) -> str:
    """What the generator says, on one line, without the addresses of its objects."""
    text = re.sub(r"\"?<openapi_python_client[^>]*>\"?", "…", f"{error.header} {error.detail or ''}")
    return " ".join(text.split()).rstrip(".")[:300]


def place_of(error: Any, spec: Any) -> Place:
    """Where in the spec the generator has met something that it cannot do."""
    text = f"{error.header} {error.detail or ''}"
    data = getattr(error, "data", None)
    said = data.model_dump(mode="json", exclude_unset=True, by_alias=True) if data is not None else None
    within: Place = ()
    for section, path, method in operations(spec):
        if f"{method.upper()} {path} " in text:
            within = (section, path, method)
    if found := re.search(r"/components/schemas/(\w+)", text):
        within = ("components", "schemas", found[1])
    places = [place for place, value in values(spec) if said and value == said and place[: len(within)] == within]
    return places[0] if places else within


def verdict(project: Project, scratch: Project, *, same_spec: bool) -> str:
    """What it means for users, and what is left to do."""
    try:
        if same_spec:
            report = Report.of(project, scratch, "what is committed")
        else:
            since, title, _ = base_of(project)
            with unpack_revision(project, since) as old:
                report = Report.of(old, scratch, title)
    except NotComparable as problem:
        return str(problem)
    if report.unused_overrides:
        raise RefusedError("\n".join(report.unused_overrides))
    parts = [report.as_text()]
    if project.curated:
        left = todo(scratch, project.root, report.changes)
        parts += ["Left to do by hand", *(left or ["  nothing"])]
    return "\n\n".join(parts)


def check(project: Project) -> int:
    """Name every file that differs, and the repair; the exit status."""
    with scratch_tree(project) as scratch:
        expected, actual = (
            {path: data for name in project.generated_paths for path, data in files(each, name)}
            for each in (scratch, project)
        )
    wrong = [name for name in sorted(expected | actual) if expected.get(name) != actual.get(name)]
    for name in wrong:
        print(f"{name} is not what {project.settings['spec']} gives: {REPAIR}")
    return 1 if wrong else 0


def files(project: Project, name: str) -> Iterator[tuple[str, bytes]]:
    """The files of a folder, or the one file: all but Python's caches."""
    path = project.root / name
    for each in [path] if path.is_file() else path.rglob("*"):
        if each.is_file() and "__pycache__" not in each.parts:
            yield each.relative_to(project.root).as_posix(), each.read_bytes()


def move(project: Project, scratch: Project) -> None:
    """Put what was made into its place; if that fails half way, everything is put back."""
    done: list[tuple[Path, Path]] = []
    try:
        for name in project.generated_paths:
            place, kept = project.root / name, scratch.root / ".old" / name
            for folder in (place.parent, kept.parent):
                folder.mkdir(parents=True, exist_ok=True)
            if place.exists():
                place.rename(kept)
            done.append((place, kept))
            (scratch.root / name).rename(place)
    except OSError as error:
        for place, kept in reversed(done):
            if place.exists():
                shutil.rmtree(place) if place.is_dir() else place.unlink()
            if kept.exists():
                kept.rename(place)
        raise RefusedError(f"{error}: make room, or correct the permissions") from None


if __name__ == "__main__":
    sys.exit(exit_status(main, UNCHANGED))
