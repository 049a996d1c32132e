"""What changed on the wire: in two versions of the spec, for those who send requests and read responses themselves.

Everything that the document says of a part is a *fact* of it, whether or not ``wire_rules.py`` has a rule for that.
"""

import json
from collections.abc import Iterator, Mapping, Set
from typing import Any

from openapi_places import (
    ANNOTATIONS,
    SHAPE,
    Place,
    branches,
    dereference,
    label,
    merge_all_of,
    named_schemas,
    operations,
    parameters,
    reachable,
    received_schemas,
    request_body,
    request_schemas,
    resolve,
    types,
    value_at,
)
from project import Project

from verdict.change import Change, Type, Types, changes
from verdict.wire_rules import Judge, Part

Facts = dict[str, Any]
Parts = Iterator[tuple[str, Part]]

INSIDE = {*SHAPE, "$ref"}  # compared as types, or as parts of their own
WORDS = {*ANNOTATIONS, "info"}  # for people only
KINDS = {"schema", "field", "enum value", "parameter", "element"}  # of parts that the curated layer checks
CHECKED = {"types", "required", "new", "gone", "other keys"}  # of requests, by the curated layer before it sends


def api_changes(old: Any, new: Any, project: Project) -> list[Change]:
    """What changed on the wire, and what of it the curated layer passes on to its callers."""
    old, new = (json.loads(json.dumps(spec, default=str)) for spec in (old, new))  # dates are texts
    old, renamed = rename_parts(old, new)
    before, after = dict(parts(old, project)), dict(parts(new, project))
    found = [*changes("wire", before, after, Judge(project), lambda part: part.sent and "required" in part.facts)]
    found = drop_repeated(found, before, after)
    passed_on = [
        Change("curated", each.symbol, f"{each.what}: checked before sending", each.verdict, each.section, each.fact)
        for each in found
        for part in [after.get(each.symbol) or before[each.symbol]]
        if each.fact == "effect" or (each.fact in CHECKED and part.sent and part.kind in KINDS)
    ]
    return [*renamed, *found, *(passed_on if project.curated else ())]


def drop_repeated(found: list[Change], before: Mapping[str, Part], after: Mapping[str, Part]) -> list[Change]:
    """The changes without those that a change of something larger says: inherited security, a list as a whole."""
    shared = {each.what for each in found if (each.symbol, each.fact) == ("the API", "security")}
    listed = [{owner(name) for name, part in each.items() if part.kind == "enum value"} for each in (before, after)]
    began_or_ended = (listed[0] ^ listed[1]) & before.keys() & after.keys()
    return [
        each
        for each in found
        if not (each.symbol != "the API" and each.fact == "security" and each.what in shared)
        and not (each.fact in ("new", "gone") and owner(each.symbol) in began_or_ended)
    ]


def owner(symbol: str) -> str:
    """What a symbol is a part of."""
    return symbol.rpartition(".")[0]


def rename_parts(old: Any, new: Any) -> tuple[Any, list[Change]]:
    """The old document with the names that the new one gives to the same operations and schemas, and the renaming."""
    found: list[tuple[str, str]] = []
    for place in operations(old):
        before = value_at(old, place)
        after = new.get("paths", {}).get(place[1], {}).get(place[2], before)
        if before["operationId"] != after["operationId"]:
            found.append((before["operationId"], after["operationId"]))
            before["operationId"] = after["operationId"]
    schemas, others = (spec.get("components", {}).get("schemas", {}) for spec in (old, new))
    for name in sorted(schemas.keys() - others.keys()):
        for other in sorted(others.keys() - schemas.keys()):
            if _referring_to(other, name, schemas[name]) == others[other]:
                found.append((name, other))
                old = _referring_to(other, name, old)
                schemas = old["components"]["schemas"]
                schemas[other] = schemas.pop(name)
                break
    return old, [Change("wire", name, f"is called {other} now", "internal", fact="name") for name, other in found]


def _referring_to(new: str, old: str, value: Any) -> Any:
    reference = '"#/components/schemas/{}"'
    return json.loads(json.dumps(value).replace(reference.format(old), reference.format(new)))


def parts(spec: Any, project: Project) -> Parts:
    """Everything that the API consists of, by name."""
    walk = Walk(spec, project.effect_key)
    yield (
        "the API",
        Part("API", sent=True, facts=walk.facts({"security": []} | spec, {"paths", "webhooks", "components"})),
    )
    for name, scheme in spec.get("components", {}).get("securitySchemes", {}).items():
        yield name, Part("security scheme", sent=True, facts=walk.facts(scheme))
    for place in operations(spec):
        yield from walk.operation(place)
    for place in operations(spec, "webhooks"):
        event, name = value_at(spec, place), f"webhooks.{place[1]}"
        yield name, Part("webhook", read=True, facts=walk.facts(event, {"requestBody", "responses"}))
        yield from walk.body(name, place, read=True)
        yield from walk.responses(name, place, sent=True)
    read, sent = reachable(spec, received_schemas(spec)), reachable(spec, request_schemas(spec))
    for place in named_schemas(spec):
        is_read, is_sent = place in read or place not in sent, place in sent
        yield from walk.schema(label(place), "schema", value_at(spec, place), read=is_read, sent=is_sent)


class Walk:
    """The way through one document, from the whole to its parts."""

    def __init__(self, spec: Any, effect_key: str) -> None:
        self.spec, self.effect_key = spec, effect_key

    def operation(self, place: Place) -> Parts:
        """An operation, its parameters, its body and its responses."""
        operation = value_at(self.spec, place)
        name = operation["operationId"]
        facts = self.facts(
            {"security": self.spec.get("security", [])} | operation,
            {"parameters", "requestBody", "responses", "operationId"},
        )
        yield name, Part("operation", facts=facts | {"route": f"{place[2].upper()} {place[1]}"})
        for where in parameters(self.spec, place):
            parameter = value_at(self.spec, where)
            style = "form" if parameter["in"] in ("query", "cookie") else "simple"
            usual = {
                key for key, value in (("style", style), ("explode", style == "form")) if parameter.get(key) == value
            }
            symbol, more = f"{name}.{parameter['name']}", self.facts(parameter, {"name", "schema"} | usual)
            yield from self.schema(symbol, "parameter", parameter.get("schema", {}), sent=True, more=more)
        yield from self.body(name, place, sent=True)
        yield from self.responses(name, place, read=True)

    def body(self, name: str, place: Place, *, read: bool = False, sent: bool = False) -> Parts:
        """What the request of an operation or a webhook holds."""
        for where in request_body(self.spec, place):
            yield from self.contents(f"{name}.body", "body", value_at(self.spec, where), read=read, sent=sent)

    def responses(self, name: str, place: Place, *, read: bool = False, sent: bool = False) -> Parts:
        """What the responses of an operation or a webhook hold."""
        for code in value_at(self.spec, place).get("responses", {}):
            response = value_at(self.spec, resolve(self.spec, (*place, "responses", code)))
            yield from self.contents(f"{name}.{code}", "response", response, read=read, sent=sent)

    def contents(self, name: str, kind: str, described: Any, *, read: bool, sent: bool) -> Parts:
        """A request or response, and what it holds, by media type."""
        yield name, Part(kind, read=read, sent=sent, facts=self.facts(described, {"content"}))
        for media_type, content in described.get("content", {}).items():
            symbol, more = f"{name}[{media_type}]", self.facts(content, {"schema"})
            yield from self.schema(symbol, "content", content.get("schema", {}), read=read, sent=sent, more=more)

    def schema(
        self, name: str, kind: str, schema: Any, *, read: bool = False, sent: bool = False, more: Facts | None = None
    ) -> Parts:
        """A schema, the values of its enum, its fields, and what its arrays and maps hold."""
        schema = merge_all_of(self.spec, schema)
        alternatives = branches(schema) if {"anyOf", "oneOf"} & schema.keys() else []
        forms = [schema, *(merge_all_of(self.spec, form) for form in alternatives)]
        described = [*(self.facts(form, INSIDE) for form in forms), more or {}]
        facts: Facts = {}
        for key in dict.fromkeys(key for some in described for key in some):
            found = sorted((some[key] for some in described if key in some), key=str)
            facts[key] = found[0] if len(found) == 1 else found
        if any(form.get("additionalProperties") is False for form in forms):
            facts["other keys"] = "refused"
        yield name, Part(kind, self.types(schema), read, sent, facts)
        for form in forms:
            for value in form.get("enum", []):
                yield f"{name}.{value}", Part("enum value", frozenset(), read, sent)
            for key, inner in form.get("properties", {}).items():
                is_required = {"required": True} if key in form.get("required", []) else {}
                yield from self.schema(f"{name}.{key}", "field", inner, read=read, sent=sent, more=is_required)
            for key, symbol in (("items", f"{name}[]"), ("additionalProperties", f"{name}.*")):
                if isinstance(form.get(key), dict):
                    yield from self.schema(symbol, "element", form[key], read=read, sent=sent)

    def types(self, schema: Any) -> Types:
        """The alternatives that a schema allows, in words."""
        if "$ref" in schema:
            target = dereference(self.spec, schema)
            base = [*types(target), ""][0] if isinstance(target, dict) and "enum" in target else ""
            return frozenset({Type(schema["$ref"].rpartition("/")[2], base)})
        if "anyOf" in schema or "oneOf" in schema:
            return Types().union(*(self.types(merge_all_of(self.spec, form)) for form in branches(schema)))
        named = Types(type_named(name, schema.get("format")) for name in types(schema)) or Types({Type("anything")})
        if "enum" not in schema:
            return named
        return Types(each if each.word == "null" else Type(f"{each.word} of a list", each.word) for each in named)

    def facts(self, value: Any, but: Set[str] = frozenset()) -> Facts:
        """What is said of a part itself; all that is for people only is one fact."""
        found = {key: each for key, each in value.items() if not (key in but or key in WORDS or key[:2] == "x-")}
        if "security" in found:
            found["security"] = sorted(" and ".join(sorted(each)) for each in found["security"]) or ["nothing"]
        if "headers" in found:
            found["headers"] = _without_words(found["headers"])
        if effect := value.get(self.effect_key):
            found["effect"] = effect
        if said := {key: each for key, each in value.items() if key in WORDS}:
            found["words"] = json.dumps(said, sort_keys=True)
        return {key: each for key, each in found.items() if each is not False or key == "default"}


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_words(each) for key, each in value.items() if key not in ANNOTATIONS}
    return value


def type_named(name: str, format: str | None) -> Type:
    """One JSON type, with its format: a kind of the type without one."""
    if format and name != "null":
        return Type(f"{name} ({format})", "number" if name == "integer" else name)
    return Type(name, "number" if name == "integer" else "")
