"""The tools know no API: documents of other styles are generated, checked and compared, by a settings file each."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT, edit, git, tool

SETTINGS = """
spec = "openapi/api.yaml"
raw = "client/foreign_client"
contract = "client/contract.json"
"""
GENERATOR = """
content_type_overrides: {image/png: application/octet-stream}
post_hooks: ["ruff format --isolated --quiet ."]
"""
IMPORT = """
import importlib, pkgutil, foreign_client
for module in pkgutil.walk_packages(foreign_client.__path__, "foreign_client."):
    importlib.import_module(module.name)
"""
EDITS = {
    "paged": ("        has_more: {type: boolean}\n", "", "ChargeList.has_more is gone (field: boolean)"),
    "polymorphic": ("kind: {const: poll}", "kind: {const: vote}", "PollMessage.kind.poll is gone (enum value)"),
    "uploads": ("maxItems: 20", "maxItems: 5", "upload_files.body[multipart/form-data].files maxItems is 5, was 20"),
}


@pytest.fixture(params=EDITS)
def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A repository with nothing but a document, the tools and their settings."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "openapi").mkdir()
    shutil.copy(ROOT / "tests" / "tools" / "foreign" / f"{request.param}.yaml", tmp_path / "openapi" / "api.yaml")
    (tmp_path / "openapi" / "tools.toml").write_text(SETTINGS)
    (tmp_path / "openapi" / "generator.yaml").write_text(GENERATOR)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "foreign"\nversion = "1.2.3"\n')
    (tmp_path / ".gitignore").write_text("__pycache__/\n")
    git(tmp_path, "init", "-q", "-b", "main")
    return request.param, tmp_path


def test_foreign_document(foreign: tuple[str, Path]) -> None:
    """Generated, importable, with a contract; the same document has no changes, and an edit of it has its verdict."""
    name, root = foreign
    first = tool(root, "generate")
    git(root, "add", ".")
    git(root, *"-c user.name=x -c user.email=x@example.com commit -qm x".split())  # noqa: SIM905
    git(root, "tag", "v1.2.3")
    same = tool(root, "generate")

    assert (first.returncode, first.stderr) == (0, ""), first.stdout
    assert "so there is nothing to compare with" in first.stdout
    environment = {**os.environ, "PYTHONPATH": str(root / "client")}
    subprocess.run([sys.executable, "-c", IMPORT], env=environment, check=True)
    contract = json.loads((root / "client" / "contract.json").read_text())
    assert len(contract["operations"]) >= 4
    assert not {"allOf", "oneOf", "const"} & {key for schema in contract["schemas"].values() for key in schema}
    assert (same.returncode, same.stdout.count("nothing")) == (0, 2), same.stdout
    assert git(root, "status", "--porcelain") == ""
    assert tool(root, "generate", "--check").returncode == 0

    old, new, says = EDITS[name]
    edit(root / "openapi" / "api.yaml", old, new)
    edited = tool(root, "generate")

    assert edited.returncode == 0
    assert "version 1.2.3, at least 2.0.0 is needed." in edited.stdout
    assert says in " ".join(edited.stdout.split())
