"""The curated layer as its sources declare it, and the code that it needs for new parts of the spec."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from diff import Change
from openapi_places import branches, dereferenced, merged, operations, parameters, request_body, types, value_at
from project import Project

PYTHON = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list[Any]", "null": "None"}
FIELDS = {"string": "text", "integer": "integer", "boolean": "boolean", "array": "json_array"}
GONE = ("gone", "name")  # facts of changes after which sources name what is no longer there


class Curated:
    """The curated layer as its sources declare it, and what it would have to say of new parts of the spec."""

    def __init__(self, project: Project) -> None:
        self.project, self.spec = project, project.document
        self.schemas: dict[str, Any] = self.spec.get("components", {}).get("schemas", {})

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

    def passed_on(self, changes: list[Change]) -> Iterator[Change]:
        """What a change means for methods that send an operation, and for fields of views that read a response."""
        registry = (self.project.root / self.project.curated["registry"]).read_text("utf-8")
        for change in changes:
            if change.fact == "gone" and f'Operation("{change.symbol}"' in registry.replace("(\n    ", "("):
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
            field = merged(self.spec, self.schemas.get(name)).get("properties", {}).get(key, {})
            name = next((form["$ref"].rpartition("/")[2] for form in branches(field) if "$ref" in form), "")
        return name

    def fields(self, name: str, keys: list[str]) -> str:
        """The declared fields of a schema that no view reads, or a whole view for it, below the place for them."""
        schema = merged(self.spec, self.schemas[name])
        file, view, prefix = self.views.get(name, (f"{self.project.curated['views']}/", name, ""))
        declarations = {key: self.declaration(schema["properties"][key]).format(f"{prefix}{key}") for key in keys}
        lines = [f"{file}, in class {view}{self.missing_imports(file, declarations.values())}:"]
        if name not in self.views:
            lines = [f"{file}, a new view:", f'class {name}(View["models.{name}"]):']
            lines += [f'    """{plain(schema)}"""', "", f'    _model = "{name}"', ""]
        for key, declaration in declarations.items():
            lines += [
                f"    {snake_case(key)} = {declaration}",
                f'    """{plain(schema["properties"][key])}"""',
            ]
        return "\n".join(lines)

    def missing_imports(self, file: str, declarations: Iterable[str]) -> str:
        """The names in some declarations that a file has not."""
        nodes = [*ast.walk(ast.parse((self.project.root / file).read_bytes()))] if file.endswith(".py") else []
        known = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        known |= {node.name for node in nodes if isinstance(node, ast.ClassDef)}
        used = {name for declaration in declarations for name in re.findall(r"(\w+)[(,]", declaration)}
        return f" (import {', '.join(sorted(used - known))})" if nodes and used - known else ""

    def declaration(self, field: Any) -> str:
        """How a field of a view declares a value of this schema."""
        form = self.form(field)
        if "$ref" in form:
            name, target = form["$ref"].rpartition("/")[2], merged(self.spec, dereferenced(self.spec, form))
            if "enum" in target:
                return f'enum({name}, "{{}}")'
            if name in self.views or "properties" in target:
                return f'view({self.view(name)}, "{{}}")'
            return 'json_value("{}")'
        kind = next((kind for kind in types(form) if kind != "null"), "")
        item = self.form(form.get("items", {})).get("$ref", "").rpartition("/")[2]
        if kind == "array" and item:
            return f'views({self.view(item)}, "{{}}")'
        return f'{"instant" if form.get("format") == "date-time" else FIELDS.get(kind, "json_value")}("{{}}")'

    def view(self, name: str) -> str:
        """The view of a schema: the one that there is, or the one that is proposed."""
        return self.views.get(name, ("", name))[1]

    def form(self, schema: Any) -> Any:
        """The first alternative of a schema."""
        return merged(self.spec, branches(merged(self.spec, schema))[0])

    def operation(self, name: str) -> Iterator[str]:
        """All that a new operation needs."""
        curated = self.project.curated
        place = next(each for each in operations(self.spec) if value_at(self.spec, each)["operationId"] == name)
        operation, constant = value_at(self.spec, place), snake_case(name).upper()
        noun = operation.get("tags", ["…"])[0]
        read, result = self.reader(operation)
        taken = [value_at(self.spec, each) for each in parameters(self.spec, place)]
        ids = [f"{snake_case(each['name'])}: str" for each in taken if each["in"] == "path"]
        options = [self.option(each) for each in taken if each["in"] != "path"]
        options += ["body: …"] if request_body(self.spec, place) else []
        signature = ", ".join(["self", *ids, *(["*", *options] if options else [])])
        passed = [each.partition(":")[0] for each in (*ids, *options)]
        call = ", ".join([f"registry.{constant}", *(f"{each}={each}" for each in passed)])
        blocks = {
            f"{curated['registry']}:": [f'{constant} = Operation("{name}", {read})'],
            f"{curated['async']}/{noun}.py, in class Async{noun.capitalize()}:": [
                f"    async def {snake_case(name).partition('_')[0]}({signature}) -> {result}:",
                f'        """{plain(operation)}"""',
                f"        return await self._session.call({call})",
            ],
            f"{curated['sandbox']}/_{noun}.py:": [
                f"def {snake_case(name)}(request: ApiRequest) -> Json:",
                f'    """{plain(operation)}"""',
                "    ...",
            ],
            f"{curated['calls']}:": [
                f'    "{name}": OperationCall(',
                f"        call=lambda client, subject: client.{noun}.…,",
                "        command=lambda subject, folder: […],",
                "    ),",
            ],
        }
        yield from ("\n".join([place, *lines]) for place, lines in blocks.items())

    def reader(self, operation: Any) -> tuple[str, str]:
        """What reads the success of an operation, and what that gives."""
        responses = [dereferenced(self.spec, each) for code, each in operation["responses"].items() if code[0] == "2"]
        schemas = [media.get("schema", {}) for each in responses for media in each.get("content", {}).values()]
        form = self.form(schemas[0]) if schemas else {}
        item = self.form(form.get("items", {}))
        name = (form.get("$ref") or item.get("$ref") or "").rpartition("/")[2]
        view = self.view(name) or "…"
        if not schemas:
            return "read_nothing", "None"
        return (f"read_array({view})", f"tuple[{view}, ...]") if "items" in form else (f"read_object({view})", view)

    def option(self, parameter: Any) -> str:
        """An argument for a parameter that is no id."""
        kinds = [PYTHON.get(kind, "Any") for kind in types(dereferenced(self.spec, parameter.get("schema", {})))] or [
            "Any"
        ]
        annotation = " | ".join(dict.fromkeys(kinds))
        return f"{snake_case(parameter['name'])}: {annotation}{'' if parameter.get('required') else ' | None = None'}"

    def argument(self, name: str, key: str) -> str:
        """What lets a method send a parameter, or a field of its body, below the place for it."""
        place = next(each for each in operations(self.spec) if value_at(self.spec, each)["operationId"] == name)
        for parameter in (value_at(self.spec, each) for each in parameters(self.spec, place)):
            if parameter["name"] == key:
                return f"{self.project.curated['async']}/, the method that sends {name}:\n    {self.option(parameter)}"
        forms = [
            merged(self.spec, dereferenced(self.spec, form))
            for where in request_body(self.spec, place)
            for media in value_at(self.spec, where)["content"].values()
            for form in branches(dereferenced(self.spec, media["schema"]))
        ]
        field: Any = next((form["properties"][key] for form in forms if key in form.get("properties", {})), {})
        kinds = [PYTHON.get(kind, "Any") for kind in types(dereferenced(self.spec, field))] or ["Any"]
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
    """What the spec says of something, without its sources."""
    text = " ".join(f"{value.get('summary') or value.get('description', '')}".split())
    return re.sub(r" \[[^\]]*\]$", "", text) or "…"


def snake_case(name: str) -> str:
    """A name of the API as Python has it: ``lead_id`` for ``leadId``, ``x_trace`` for ``X-Trace``."""
    return re.sub(r"\W|(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
