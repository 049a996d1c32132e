"""The curated layer as its sources declare it, and the code that it needs for new parts of the spec."""

import ast
import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from openapi_places import (
    branches,
    dereference,
    merge_all_of,
    operation_named,
    parameters,
    request_body,
    strip_sources,
    types,
    value_at,
)
from project import Project
from verdict.change import Change

PYTHON = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list[Any]", "null": "None"}
FIELDS = {"string": "text", "integer": "integer", "boolean": "boolean", "array": "json_array"}
GONE = ("gone", "name")  # facts of changes after which sources name what is no longer there


class Curated:
    """The curated layer as its sources declare it, and what it would have to say of new parts of the spec."""

    def __init__(self, project: Project) -> None:
        self.project, self.spec = project, project.document
        self.schemas: dict[str, Any] = self.spec.get("components", {}).get("schemas", {})

    @cached_property
    def registry(self) -> str:
        """The code of the table of operations."""
        return (self.project.root / str(self.project.curated["registry"])).read_text("utf-8")

    @cached_property
    def classes(self) -> list[tuple[str, ast.ClassDef]]:
        """The classes of the views, and the files that they are in."""
        paths = sorted((self.project.root / self.project.curated["views"]).glob("*.py"))
        trees = [(str(path.relative_to(self.project.root)), ast.parse(path.read_text("utf-8"))) for path in paths]
        return [(path, node) for path, tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]

    @cached_property
    def views(self) -> dict[str, tuple[str, str, str]]:
        """For each schema the file and the view that read it, and the path in the view's JSON where it is."""
        found: dict[str, tuple[str, str, str]] = {}
        for file, node in self.classes:
            if model := _model(node):
                found[model] = (file, node.name, "")
                for prefix in {path.rpartition(".")[0] for _, path in _fields(node)} - {""}:
                    if name := self.referred(model, prefix.split(".")):
                        found.setdefault(name, (file, node.name, f"{prefix}."))
        return found

    def curated_changes(self, changes: list[Change]) -> Iterator[Change]:
        """What a change means for methods that send an operation, and for fields of views that read a response."""
        for change in changes:
            if change.fact == "gone" and f'Operation("{change.symbol}"' in self.registry.replace("(\n    ", "("):
                yield replace(change, layer="curated", what=f"{change.what}, and a method sends it", fact="")
        changed = {
            each.symbol.removesuffix("[]"): each
            for each in changes
            if each.layer == "wire" and each.fact in (*GONE, "types")
        }
        for _, node in self.classes:
            for name, path in _fields(node):
                *keys, key = path.split(".")
                if read := changed.get(f"{self.referred(_model(node), keys)}.{key}"):
                    what = f"reads {read.symbol}, which {read.what}"
                    symbol = f"{self.project.curated['package']}.{node.name}.{name.lstrip('_')}"
                    yield replace(read, layer="curated", symbol=symbol, what=what, fact="")

    def referred(self, name: str, keys: list[str]) -> str:
        """The name of the schema at a path of keys; empty where there is none."""
        for key in keys:
            field = merge_all_of(self.spec, self.schemas.get(name)).get("properties", {}).get(key, {})
            name = next((form["$ref"].rpartition("/")[2] for form in branches(field) if "$ref" in form), "")
        return name

    def field_code(self, name: str, keys: list[str]) -> str:
        """The declared fields of a schema that no view reads, or a whole view for it, below the place for them."""
        schema = merge_all_of(self.spec, self.schemas[name])
        file, view, prefix = self.views.get(name, (f"{self.project.curated['views']}/", name, ""))
        fields = [key for key in keys if key != "id" or name in self.views]  # which every view has
        declarations = {key: self.declaration(schema["properties"][key], view) % f"{prefix}{key}" for key in fields}
        lines = [f"{file}, in class {view}{self.missing_imports(file, declarations.values())}:"]
        if name not in self.views:
            lines = [
                f"{file}, a new view, above the one that has it, and in omni/__init__.py:",
                f'class {name}(View["models.{name}"]):',
            ]
            lines += [f'    """{plain(schema)}"""', "", f'    _model = "{name}"', ""]
        for key, declaration in declarations.items():
            lines += [
                f"    {self.attribute(file, key)} = {declaration}",
                f'    """{plain(schema["properties"][key])}"""',
            ]
        return "\n".join(lines)

    def missing_imports(self, file: str, code: Iterable[str]) -> str:
        """The names in some code that a file has not."""
        used = {name for text in code for name in re.findall(r"([A-Za-z_]\w*)(?=[(,)])", text)}
        missing = sorted(used - self.names(file) - {*dir(builtins)}) if file.endswith(".py") else []
        return f" (import {', '.join(missing)})" if missing else ""

    def names(self, file: str) -> set[str]:
        """The names that a file imports or defines."""
        path = self.project.root / file
        nodes = [*ast.walk(ast.parse(path.read_bytes()))] if path.is_file() else []
        imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        return imported | {
            node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        }

    def attribute(self, file: str, key: str) -> str:
        """The name of a field; with an underscore where a keyword, the file or what views are made of has the name."""
        name = re.sub("^(?=[0-9])", "field_", snake_case(key))
        views = self.project.curated["views"]
        taken = {"id"}.union(*(self.names(path) for path in (file, f"{views}/fields.py", f"{views}/base.py")))
        return f"{name}_" if keyword.iskeyword(name) or name in taken else name

    def declaration(self, field: Any, owner: str) -> str:
        """How a field of a view declares a value of this schema, with a place for its path."""
        form = self.form(field)
        kind = next((kind for kind in types(form) if kind != "null"), "")
        reference = form if "$ref" in form else self.form(form.get("items", {})) if kind == "array" else {}
        name, target = reference.get("$ref", "").rpartition("/")[2], self.form(dereference(self.spec, reference))
        value = self.form(target.get("additionalProperties") or {}) if "properties" not in target else {}
        if "enum" in target:
            return 'json_array("%s")' if kind == "array" else f'enum({name}, "%s")'
        if value:
            inner = value.get("$ref", "").rpartition("/")[2]
            return f'views_by_key({self.view(inner)}, "%s")' if inner else 'counts("%s")'
        if "properties" in target and self.view(name) != owner:  # a class cannot be named in itself
            return f'{"views" if kind == "array" else "view"}({self.view(name)}, "%s")'
        return f'{"instant" if form.get("format") == "date-time" else FIELDS.get(kind, "json_value")}("%s")'

    def view(self, name: str) -> str:
        """The view of a schema: the one that there is, or the one that is proposed."""
        return self.views.get(name, ("", name))[1]

    def form(self, schema: Any) -> Any:
        """The first alternative of a schema."""
        return merge_all_of(self.spec, branches(merge_all_of(self.spec, schema))[0])

    def operation_code(self, name: str) -> Iterator[str]:
        """All that a new operation needs."""
        curated = self.project.curated
        place = operation_named(self.spec, name)
        operation, constant = value_at(self.spec, place), snake_case(name).upper()
        noun = snake_case(operation.get("tags", ["other"])[0])
        read, result = self.reader(operation)
        taken = [value_at(self.spec, each) for each in parameters(self.spec, place)]
        ids = [argument(each) for each in taken if each["in"] == "path"]
        options = [self.option(each) for each in taken if each["in"] != "path"]
        options += ["body: dict[str, Any]"] if request_body(self.spec, place) else []
        arguments = [*(f"{each}: str" for each in ids), *(["*", *options] if options else [])]
        passed = [
            f"{each}={each}" if each == snake_case(parameter["name"]) else f'**{{"{parameter["name"]}": {each}}}'
            for parameter in taken
            for each in [argument(parameter)]
        ]
        passed += ["body=body"] if request_body(self.spec, place) else []
        registry, waiting, method = curated["registry"], f"{curated['async']}/{noun}.py", self.method(noun, name)
        used = [f"({result})", *(f"({each.split()[1]})" for each in options)]
        subjects = ", ".join(f"subject.{each}" for each in ids)
        blocks = {
            f"{registry}{self.missing_imports(registry, [read])}:": [f'{constant} = Operation("{name}", {read})'],
            f"{waiting}{self.missing_imports(waiting, used)}, then `nox -s derive`:": [
                f"    async def {method}({', '.join(['self', *arguments])}) -> {result}:",
                f'        """{plain(operation)}"""',
                f"        return await self._session.call({', '.join([f'registry.{constant}', *passed])})",
            ],
            f"{curated['sandbox']}/_{noun}.py:": [
                f"def {snake_case(name)}(request: ApiRequest) -> Json:",
                f'    """{plain(operation)}"""',
                "    ...",
            ],
            f"{curated['calls']}, with its command, then `nox -s record`:": [
                f'    "{name}": OperationCall(',
                f"        call=lambda client, subject: client.{noun}.{method}({subjects}),",
                f'        command=lambda subject, folder: ["{noun.removesuffix("s")}", "{method}", {subjects}],',
                "    ),",
            ],
        }
        yield from ("\n".join([place, *lines]) for place, lines in blocks.items())

    def method(self, noun: str, name: str) -> str:
        """A name for a method that its class does not have: the verb, or else what comes after it."""
        verb, _, rest = snake_case(name).partition("_")
        known = self.names(f"{self.project.curated['async']}/{noun}.py")
        candidates = [verb, rest.removeprefix(f"{noun.removesuffix('s')}_"), rest]
        return next((each for each in candidates if each and each not in known), snake_case(name))

    def reader(self, operation: Any) -> tuple[str, str]:
        """What reads the success of an operation, and what that gives."""
        responses = [dereference(self.spec, each) for code, each in operation["responses"].items() if code[0] == "2"]
        schemas = [media.get("schema", {}) for each in responses for media in each.get("content", {}).values()]
        form = self.form(schemas[0]) if schemas else {}
        item = self.form(form.get("items", {}))
        name = (form.get("$ref") or item.get("$ref") or "").rpartition("/")[2]
        view = self.view(name) or "…"
        if not schemas:
            return "read_nothing", "None"
        if "items" in form:
            return f"read_array({view})", f"tuple[{view}, ...]"
        special = f"{view}._from_json"  # where others of this view are read so
        return (special if special in self.registry else f"read_object({view})"), view

    def option(self, parameter: Any) -> str:
        """An argument for a parameter that is no id."""
        schema = dereference(self.spec, parameter.get("schema", {}))
        kinds = [PYTHON.get(kind, "Any") for kind in types(schema)] or ["Any"]
        kinds = ["datetime"] if schema.get("format") == "date-time" else kinds
        rest = "" if parameter.get("required") else " | None = None"
        return f"{argument(parameter)}: {' | '.join(dict.fromkeys(kinds))}{rest}"

    def argument_code(self, name: str, key: str) -> str:
        """What lets a method send a parameter, or a field of its body, below the place for it."""
        place = operation_named(self.spec, name)
        for parameter in (value_at(self.spec, each) for each in parameters(self.spec, place)):
            if parameter["name"] == key:
                return f"{self.project.curated['async']}/, the method that sends {name}:\n    {self.option(parameter)}"
        forms = [
            merge_all_of(self.spec, dereference(self.spec, form))
            for where in request_body(self.spec, place)
            for media in value_at(self.spec, where)["content"].values()
            for form in branches(dereference(self.spec, media["schema"]))
        ]
        field: Any = next((form["properties"][key] for form in forms if key in form.get("properties", {})), {})
        kinds = [PYTHON.get(kind, "Any") for kind in types(dereference(self.spec, field))] or ["Any"]
        typed = f"{self.project.curated['payloads']}, in the TypedDict of {name}:"
        return f'{typed}\n    {snake_case(key)}: {" | ".join(kinds)}\n    """{plain(field)}"""'


def _model(node: ast.ClassDef) -> str:
    for each in node.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "_model":
            return str(ast.literal_eval(each.value))
    return ""


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The declared fields of a class, with each path."""
    for each in node.body:
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call):
            texts = [arg.value for arg in each.value.args if isinstance(arg, ast.Constant)]
            yield from ((ast.unparse(each.targets[0]), text) for text in texts if isinstance(text, str))


def plain(value: Any) -> str:
    """What the spec says of something, without its sources, as a docstring can hold it."""
    text = " ".join(f"{value.get('summary') or value.get('description', '')}".split())
    return strip_sources(text).replace("\\", "\\\\").replace('"', "'") or "…"


def argument(parameter: Any) -> str:
    """The name of an argument for a parameter."""
    name = snake_case(parameter["name"])
    return f"{name}_" if keyword.iskeyword(name) else name


def snake_case(name: str) -> str:
    """A name of the API as Python has it: ``lead_id`` for ``leadId``, ``x_trace`` for ``X-Trace``."""
    # The package has the same; it cannot be imported here, since the edit may be what it cannot be imported with.
    return re.sub(r"\W|(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
