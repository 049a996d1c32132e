"""What the tools know of an API and its repository: ``openapi/tools.toml``, and where things are by it."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class RefusedError(Exception):
    """Something that a tool does not do; the text says where, why and what to do, a line for each problem."""


def exit_status(work: Callable[[], int], last: str = "") -> int:
    """The exit status of a tool's work; what is refused is printed, with a last line, and is 1."""
    try:
        return work()
    except RefusedError as problem:
        print(problem, *([last] if last else []), sep="\n")
        return 1


def read_toml(root: Path, name: str) -> dict[str, Any]:
    """A file of settings."""
    try:
        return tomllib.loads((root / name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        where = re.search(r"line (\d+), column (\d+)", str(error))
        position = f"{where[1]}:{where[2]}" if where else "1:1"
        raise RefusedError(f"{name}:{position}: toml: {error}; correct it") from None


def yaml_loader(text: str) -> Any:
    """A loader of PyYAML for a text."""
    import yaml  # which the derivation of the blocking clients does without

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)  # the former is ten times as fast


@dataclass(frozen=True)
class Project:
    """A tree laid out as its settings say: this repository, an old version of it, or a scratch copy."""

    root: Path
    settings: dict[str, Any] = field(repr=False)

    @classmethod
    def load(cls, root: Path = ROOT) -> "Project":
        """The project in a folder."""
        settings = read_toml(root, "openapi/tools.toml")
        if missing := [key for key in ("spec", "raw", "contract") if not isinstance(settings.get(key), str)]:
            raise RefusedError(f"openapi/tools.toml:1:1: toml: there is no {missing[0]}; say where it is")
        return cls(root, settings)

    def at(self, root: Path) -> "Project":
        """The same layout in another folder."""
        return Project(root, self.settings)

    @property
    def spec(self) -> Path:
        """The OpenAPI document."""
        return self.root / str(self.settings["spec"])

    @cached_property
    def document(self) -> Any:
        """What the OpenAPI document says."""
        loader = yaml_loader(self.spec.read_text("utf-8"))
        return loader.get_data()

    @property
    def raw(self) -> Path:
        """The package that the generator makes."""
        return self.root / str(self.settings["raw"])

    @property
    def contract(self) -> Path:
        """What is known of the API at run time."""
        return self.root / str(self.settings["contract"])

    @property
    def curated(self) -> dict[str, Any]:
        """Where the parts of the layer by hand are; empty if there is none."""
        return dict(self.settings.get("curated", {}))

    @property
    def packages(self) -> dict[str, str]:
        """The packages that users import, by the layer they are."""
        curated = self.curated.get("package")
        return {"raw": self.raw.name} | ({"curated": curated} if curated else {})

    @property
    def generated_paths(self) -> list[str]:
        """All that is made by machine, as paths from the root."""
        optional = (self.settings.get("served"), self.curated.get("sync"))
        return [self.settings["raw"], self.settings["contract"], *filter(None, optional)]

    @property
    def effect_key(self) -> str:
        """The key of the spec that says what an operation or a field does."""
        return str(self.settings.get("effects", {}).get("key", ""))

    @cached_property
    def effect_levels(self) -> dict[str, int]:
        """How far from harmless each effect is."""
        levels = self.settings.get("effects", {}).get("levels", [])
        return {effect: level for level, effects in enumerate(levels) for effect in effects}
