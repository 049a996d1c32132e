"""Declared fields and the contract agree: each field is there with its type, and each value of a response has one."""

import copy
import inspect
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import resources
from typing import Any, NamedTuple

import pytest

import omni._views.analytics  # each loads the views that it has, and those in them
import omni._views.events
import omni._views.leads
import omni._views.uploads
from omni._views.base import View
from omni._views.fields import Field, integer

Contract = dict[str, Any]
CONTRACT: Contract = json.loads(resources.files("omni").joinpath("_operations/contract.json").read_text("utf-8"))

EXCEPTIONS = {
    "ChecklistGroup.conditions": "shape not documented, null in every sample; `group.raw.conditions` has it",
    "ChecklistItem.itemOverride": "shape not documented, null in every sample; `item.raw.item_override` has it",
    "ChecklistItemDefinition.conditions": "shape not documented, null in every sample; see `item.definition`",
    "ChecklistItemDefinition.validationRules": "shape not documented; `item.definition.validation_rules` has it",
    "ChecklistItemCreated.checklistItem": "it is what `leads.add_checklist_item` returns",
    "EventValidationResult.documentId": "the document that has it says its id",
    "DocumentMetadata.documentType": "the keys of metadata changed over time; `document.metadata` has it",
    "DocumentMetadata.lastProcessed": "the keys of metadata changed over time; `document.metadata` has it",
    **dict.fromkeys(
        ["LeadDetails.success", "ChecklistItemCreated.success", "DocumentsUploaded.success"],
        "a response where it is false is refused, so nobody has to look",
    ),
}
"""Why a value of a response (``Schema.key``) is read by no declared field."""

REASONS = "EXCEPTIONS of tests/contract/test_fields.py"
UNDECLARED = f"is in the contract, and no view declares it: declare a field, or give the reason in {REASONS}"
STALE = f"take it off {REASONS}"


def subclasses(view: type[View[Any]]) -> Iterator[type[View[Any]]]:
    """All views, also those that are not public; those without a model are only bases of others."""
    for subclass in view.__subclasses__():
        yield from subclasses(subclass)
        if "_model" in vars(subclass) and subclass.__module__.startswith("omni."):
            yield subclass


VIEWS = [*subclasses(View)]


class Type(NamedTuple):
    """The type of a field, or of a value in the contract: ``array``, of ``Document``."""

    name: str
    of: str = ""

    def __str__(self) -> str:
        name = f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"
        return f"{name} of {self.of}" if self.of else name


def response_schemas(contract: Contract) -> set[str]:
    """The names of the schemas that responses and webhooks are made of."""
    names: set[str] = set()
    responses = [operation["success"]["schema"] for operation in contract["operations"].values()]
    waiting = references([responses, contract["webhooks"]])
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += references(contract["schemas"][name])
    return names


def references(schema: Any) -> list[str]:
    return re.findall(r'"#/components/schemas/(\w+)"', json.dumps(schema))


def resolve(contract: Contract, schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of a schema, if it has one, and what it says: of ``anyOf``, the first one."""
    if "anyOf" in schema:
        return resolve(contract, schema["anyOf"][0])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name, contract["schemas"][name]
    return "", schema


def type_of_schema(contract: Contract, schema: dict[str, Any]) -> Type:
    """The type that the contract gives."""
    name, described = resolve(contract, schema)
    if not described or sum("$ref" in form for form in schema.get("anyOf", ())) > 1:
        return Type("json")
    if "enum" in described:
        return Type("enum", name)
    kind, *others = [kind for kind in described["type"] if kind != "null"]
    if others:  # no field reads several types
        return Type("json")
    if kind == "array":
        of = resolve(contract, described["items"])[0]
        return Type("array", of) if of else Type("array of json")
    if kind != "object":
        return Type(described.get("format", kind))
    if "properties" in described or not isinstance(described.get("additionalProperties"), dict):
        return Type("object", name)
    value = type_of_schema(contract, described["additionalProperties"])
    return Type(f"map of {value.name}s", value.of)


def type_of_field(field: Field[Any]) -> Type:
    """The type that a field declares."""
    if field.of is None:
        return Type(field.kind)
    return Type(field.kind, field.of.__name__ if issubclass(field.of, StrEnum) else field.of._model)


def can_read(field: Field[Any], expected: Type) -> bool:
    """Whether a field reads values of this type without losing any."""
    if field.kind == "flag":  # of these two, it is known what a plain no looks like
        return expected in {Type("boolean"), Type("date-time")}
    if field.kind == "json":  # an object as it came is a dict
        return expected.name in {"json", "object", "number"}
    return expected == type_of_field(field)


def fields_of(contract: Contract, view: type[View[Any]]) -> list[Field[Any]]:
    """The declared fields of a view; the id that all views have, only where the contract has one."""
    members = [member for _, member in inspect.getmembers(view) if isinstance(member, Field)]
    has_id = "id" in contract["schemas"][view._model]["properties"]
    return [field for field in members if has_id or field.owner is not View]


def keys_on(contract: Contract, view: type[View[Any]], path: str) -> list[tuple[str, dict[str, Any] | None]]:
    """The keys that a path passes (``Schema.key``), each with its schema; the last one with None if it is not there."""
    keys: list[tuple[str, dict[str, Any] | None]] = []
    name, schema = view._model, contract["schemas"][view._model]
    for key in path.split("."):
        value = schema.get("properties", {}).get(key)
        keys.append((f"{name}.{key}", value))
        if value is None:
            break
        name, schema = resolve(contract, value)
    return keys


def problems(contract: Contract) -> list[str]:
    """What is wrong with the declared fields, each with the repair."""
    declared: set[str] = set()
    found: list[str] = []
    for view in VIEWS:
        if view._model not in contract["schemas"]:
            what = f"{view.__name__} reads {view._model}, and the contract has no such schema in responses"
            found.append(f"{what}: change or remove {view.__module__.replace('.', '/')}.py")
            continue
        for field in fields_of(contract, view):
            found += problems_of(contract, view, field)
            declared |= {key for path in field.paths for key, _ in keys_on(contract, view, path)}
    schemas = contract["schemas"]
    values = {f"{name}.{key}" for name in response_schemas(contract) for key in schemas[name].get("properties", ())}
    found += [f"{key} {UNDECLARED}" for key in sorted(values - declared - EXCEPTIONS.keys())]
    found += [f"{key} is not in the contract: {STALE}" for key in sorted(EXCEPTIONS.keys() - values)]
    found += [f"{key} is declared: {STALE}" for key in sorted(EXCEPTIONS.keys() & declared)]
    return found


def problems_of(contract: Contract, view: type[View[Any]], field: Field[Any]) -> Iterator[str]:
    """What is wrong with one field of a view."""
    name, file = f"{view.__name__}.{field.name}", f"{view.__module__.replace('.', '/')}.py"
    for path in field.paths:
        key, schema = keys_on(contract, view, path)[-1]
        if schema is None:
            yield f"{name} is declared at {path!r}, and the contract has no {key}: change the field in {file}"
            continue
        declared, expected = type_of_field(field), type_of_schema(contract, schema)
        if not can_read(field, expected):
            difference = f"is declared as {declared}, and the contract has {expected} at {key}"
            yield f"{name} {difference}: change the field in {file}"
        elif field.kind == "enum" and (others := {*field.of} ^ {*resolve(contract, schema)[1]["enum"]}):
            yield f"{name}: {expected.of} and the contract differ in {sorted(others)}: run `nox -s generate`"
    for path in field.also:
        if keys_on(contract, view, path)[-1][1] is not None:
            yield f"{name} has {path!r} in `also`, and the contract has it now: make it a path in {file}"


def test_fields_and_contract_agree() -> None:
    """Each path exists, each type is the declared one, and each value of a response is declared or has a reason."""
    if found := problems(CONTRACT):
        pytest.fail("\n".join(found), pytrace=False)


def problems_if(schema: str, key: str, value: Any) -> list[str]:
    """The problems with a contract in which a value has another schema, or is missing."""
    contract = copy.deepcopy(CONTRACT)
    properties = contract["schemas"][schema]["properties"]
    properties[key] = value
    if value is None:
        del properties[key]
    return problems(contract)


TEXT = {"type": ["string", "null"]}
TOOLS = {"type": ["array"], "items": {"$ref": "#/components/schemas/Tool"}}
SEVERAL = {"type": ["integer", "string", "null"]}
EITHER = {"anyOf": [{"$ref": "#/components/schemas/Tool"}, {"$ref": "#/components/schemas/Message"}]}
CHANNELS = {"$ref": "#/components/schemas/Channels"}

DIFFERENCES: list[tuple[str, str, Any, str]] = [
    (
        "Document",
        "size",
        TEXT,
        "Document.size is declared as an integer, and the contract has a string at Document.size",
    ),
    ("Document", "size", None, "Document.size is declared at 'size', and the contract has no Document.size"),
    ("Document", "pages", TEXT, f"Document.pages {UNDECLARED}"),
    (
        "ChecklistItemDefinition",
        "code",
        None,
        "'checklistItem.code', and the contract has no ChecklistItemDefinition.code",
    ),
    ("ChecklistGroup", "conditions", None, f"ChecklistGroup.conditions is not in the contract: {STALE}"),
    (
        "LeadRecord",
        "optedOutAt",
        TEXT,
        "Lead.opted_out_at has 'lead.optedOutAt' in `also`, and the contract has it now",
    ),
    ("LeadRecord", "isTest", TEXT, "Lead.is_test is declared as a flag, and the contract has a string"),
    ("Message", "documents", TOOLS, "declared as an array of Document, and the contract has an array of Tool"),
    ("LeadFigures", "interventions", CHANNELS, "and the contract has a map of objects of ChannelFigures"),
    ("LeadFigures", "checklist", {"type": ["array"], "items": {}}, "and the contract has an array of json"),
    ("ActionLog", "status", TEXT, "declared as an enum of ActionLogStatus, and the contract has a string"),
    ("ActionLog", "input", TEXT, "ActionLog.input is declared as a json, and the contract has a string"),
    ("Document", "size", SEVERAL, "Document.size is declared as an integer, and the contract has a json"),
    ("ActionLog", "tool", EITHER, "ActionLog.tool is declared as an object of Tool, and the contract has a json"),
]


@pytest.mark.parametrize(("schema", "key", "value", "problem"), DIFFERENCES)
def test_a_difference_is_found(schema: str, key: str, value: Any, problem: str) -> None:
    """A changed type, a new value, a missing one, a stale reason, and an undocumented place that is documented now."""
    assert [line for line in problems_if(schema, key, value) if problem in line]


def test_a_problem_names_the_repair() -> None:
    """With the file of the view."""
    (problem,) = problems_if("Document", "size", TEXT)

    assert problem == (
        "Document.size is declared as an integer, and the contract has a string at Document.size:"
        " change the field in omni/_views/checklists.py"
    )


def test_a_new_enum_value_is_named() -> None:
    """Members that are not those of the contract were not generated from it."""
    contract = copy.deepcopy(CONTRACT)
    contract["schemas"]["LeadStatus"]["enum"].append("ARCHIVED")

    reading = [
        f"{view.__name__}.{field.name}"
        for view in VIEWS
        for field in fields_of(contract, view)
        if field.of is omni.LeadStatus
    ]
    assert "Lead.status" in reading
    assert problems(contract) == [
        f"{name}: LeadStatus and the contract differ in ['ARCHIVED']: run `nox -s generate`" for name in reading
    ]


def test_a_view_without_a_schema_is_named() -> None:
    """Where the only reference to a schema is gone, or it has another name."""
    contract = json.loads(json.dumps(CONTRACT).replace("MatchingLead", "OtherLead"))

    assert (
        "MatchingLead reads MatchingLead, and the contract has no such schema in responses:"
        " change or remove omni/_views/leads.py"
    ) in problems(contract)


def test_a_reason_for_what_is_declared_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody needs a reason for a value that a field reads."""
    monkeypatch.setitem(EXCEPTIONS, "Document.size", "nobody needs it")

    assert problems(CONTRACT) == [f"Document.size is declared: {STALE}"]


@pytest.mark.parametrize("view", [View, *VIEWS])
def test_every_field_has_a_docstring(view: type[View[Any]]) -> None:
    """What editors see below the assignment, ``help()`` shows too: a sentence that ends with a period."""
    fields = [member for _, member in inspect.getmembers(view) if isinstance(member, Field)]
    lines = {field.name: (inspect.getdoc(field) or "").partition("\n")[0] for field in fields}

    assert lines
    assert {
        name: line for name, line in lines.items() if len(line) < 10 or line[-1] not in ".:" or line[0] == "`"
    } == {}


def test_a_field_without_source_has_its_path_as_docstring() -> None:
    """As in an application that is shipped as bytecode alone."""
    novel: Any = type("Novel", (View,), {"size": integer("file.size")})

    assert inspect.getdoc(novel.size) == "``file.size`` in the API."
    assert repr(novel.size) == "<integer field 'file.size'>"
