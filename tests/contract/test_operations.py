"""Every operation of the contract is reachable, whole: in the curated layer, with all that it can be sent."""

import json
import pkgutil
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from enum import Enum
from importlib import import_module
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qs

import httpx
import omni_client.api
import pytest
from operation_calls import ADA, OPERATION_CALLS, example, missing

import omni
from omni._operations.contract import contract, find_template, resolve, snake_case
from omni._operations.registry import OPERATIONS
from omni._views.base import View

IDS = [*contract()["operations"]]
TYPED = {"createLead": omni.LeadFields, "updateLead": omni.LeadChanges, "createLeadChecklistItem": omni.OneOffFields}


def test_every_operation_is_declared() -> None:
    """In the table of operations, and in the table that tests walk."""
    declare = "{} is not declared: add it to omni/_operations/registry.py"
    fail_with([declare.format(name) for name in IDS if name not in OPERATIONS])
    fail_with([missing(name) for name in IDS if name not in OPERATION_CALLS])

    assert {*OPERATIONS, *OPERATION_CALLS} == {*IDS}


def fail_with(problems: list[str]) -> None:
    """Fail by naming each problem, and nothing else."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize("name", IDS)
def test_every_operation_reads_its_success(name: str) -> None:
    """A list, an object or nothing, whichever the contract says."""
    schema = contract()["operations"][name]["success"]["schema"]
    result = OPERATIONS[name].read(example(schema) if schema else None)

    if schema is None:
        assert result is None
    elif "array" in resolve(schema).get("type", []):
        assert result
        assert all(isinstance(view, View) for view in result)
    else:
        assert isinstance(result, View)


def requests_of(name: str) -> list[httpx.Request]:
    """The requests of this operation that the calls of the table make."""
    seen: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        return httpx.Response(404)

    entry = OPERATION_CALLS[name]
    with omni.Client(
        api_key="key", base_url="https://api.example.com", transport=httpx.MockTransport(refuse)
    ) as client:
        for call in (entry.call, *entry.others):
            try:
                with pytest.raises(omni.NotFoundError):
                    call(client, ADA)
            except omni.UsageError as error:
                fail_with([f"{name}: a call in tests/operation_calls.py is refused, {error}"])
    return [request for request in seen if is_of(name, request)]


def is_of(name: str, request: httpx.Request) -> bool:
    operation = contract()["operations"][name]
    is_path = find_template(request.url.path, request.method) == operation["path"]
    return is_path and request.method.lower() == operation["method"]


def fields_of(name: str) -> set[str]:
    """What the contract lets an operation be sent: parameters, and fields of the body at any depth."""
    operation = contract()["operations"][name]
    found = {parameter for parameter, facts in operation["parameters"].items() if facts["in"] == "query"}
    schema = resolve(operation["body"]["schema"]) if operation["body"] else {}
    for form in map(resolve, schema.get("oneOf", [schema])):
        for key, field in form.get("properties", {}).items():
            items = resolve(resolve(field).get("items", {}))
            found |= {key, *(f"{key}[].{inner}" for inner in items.get("properties", {}))}
    return found


def sent_by(request: httpx.Request) -> set[str]:
    """Parameters and fields of the body that a request has."""
    found = {*parse_qs(request.url.query.decode(), keep_blank_values=True)}
    if request.headers.get("content-type", "").startswith("multipart/"):
        return found | {*re.findall(r'; name="(\w+)"', request.content.decode("latin-1"))}
    body = json.loads(request.content or b"{}")
    items = {f"{key}[].{inner}" for key, value in body.items() if isinstance(value, list) for inner in _keys(value)}
    return found | {*body} | items


def _keys(items: list[Any]) -> set[str]:
    return {key for item in items if isinstance(item, dict) for key in item}


@pytest.mark.parametrize("name", [name for name in IDS if name in OPERATION_CALLS])
def test_every_parameter_and_field_is_reachable(name: str) -> None:
    """By a call of a client: what the contract adds shows up here until a method takes it."""
    sent = set[str]().union(*map(sent_by, requests_of(name)))
    advice = "let a method of omni/_async send it, and call that in tests/operation_calls.py"

    fail_with([f"{name}: nothing sends {field}: {advice}" for field in sorted(fields_of(name) - sent)])
    assert sent - fields_of(name) == set(), "this is sent, and is not in the contract"


def generated_function(name: str) -> Callable[..., dict[str, Any]]:
    """What the generated module of an operation builds requests with."""
    modules = pkgutil.walk_packages(omni_client.api.__path__, "omni_client.api.")
    (module,) = [module.name for module in modules if module.name.endswith(f".{snake_case(name)}")]
    build: Callable[..., dict[str, Any]] = import_module(module)._get_kwargs
    return build


@pytest.mark.parametrize("name", [name for name in IDS if name != "uploadDocuments"])  # it would hold whole files
def test_both_layers_send_the_same_request(name: str) -> None:
    """What the curated layer builds from the contract is what the generated function would send."""
    build = generated_function(name)
    http = httpx.Client(base_url="https://api.example.com")
    for request in requests_of(name):
        generated = http.build_request(**build(**arguments_of(name, build, request)))

        assert (request.method, request.url.path) == (generated.method, generated.url.path)
        assert {*request.url.params} == {*generated.url.params}
        assert json.loads(request.content or "null") == json.loads(generated.content or "null")


def arguments_of(name: str, build: Callable[..., Any], request: httpx.Request) -> dict[str, Any]:
    """The arguments of the generated function for a request."""
    pattern = re.sub(r"\{(\w+)\}", lambda found: f"(?P<{snake_case(found[1])}>[^/]+)", OPERATIONS[name].path)
    found = re.fullmatch(pattern, request.url.path)
    arguments: dict[str, Any] = found.groupdict() if found else {}
    hints = get_type_hints(build)
    for key, value in request.url.params.items():
        argument = next(hint for hint in hints if hint.rstrip("_") == snake_case(key))
        arguments[argument] = decoded(value, hints[argument])
    if request.content:
        body = json.loads(request.content)
        models = [model_of(body, kind) for kind in get_args(hints["body"]) or [hints["body"]]]
        arguments["body"] = next(model for model in models if model is not None)
    return arguments


def model_of(body: Any, kind: Any) -> Any:
    """The generated model of a body; None if the body is of another form."""
    with suppress(KeyError, ValueError):
        model = kind.from_dict(body)
        return model if model.to_dict() == body else None
    return None


def decoded(value: str, hint: Any) -> Any:
    """A value of the query as the generated function takes it."""
    for kind in get_args(hint) or [hint]:
        if kind is datetime:
            return datetime.fromisoformat(value)
        if kind is bool:
            return value == "true"
        if issubclass(kind, Enum):
            return kind(value)
    return value


@pytest.mark.parametrize("name", TYPED)
def test_typed_fields_are_those_of_the_contract(name: str) -> None:
    """The types that people's editors show have the fields that are sent, with the types that they may be."""
    schema = resolve(contract()["operations"][name]["body"]["schema"])
    own = {"updateLead": {"leadId", "status"}, "createLead": {"firstName"}}.get(name, {"label", "fieldType"})
    fields = {snake_case(key): field for key, field in schema["properties"].items() if key not in own}
    hints = get_type_hints(TYPED[name])

    given = {key: json_types(hint) for key, hint in hints.items()}
    expected = {key: {*resolve(field).get("type", ["object"])} for key, field in fields.items()}
    where = f"{TYPED[name].__name__} in omni/_operations/payloads.py"
    fail_with(
        [
            f"{where}: {key} is {words(given.get(key))}, and in the contract {words(expected.get(key))}"
            for key in sorted(given.keys() | expected.keys())
            if given.get(key) != expected.get(key)
        ]
    )


def words(types: set[str] | None) -> str:
    return " or ".join(sorted(types)) if types else "missing"


def json_types(hint: Any) -> set[str]:
    """The types of JSON that an annotation lets through."""
    if get_origin(hint) is Literal:
        return {"string"}
    names = {str: "string", bool: "boolean", type(None): "null"}
    if hint in names:
        return {names[hint]}
    origin = get_origin(hint)
    if origin in (list, tuple):
        return {"array"}
    if origin not in (Union, UnionType):
        return {"object"}
    return set[str]().union(*map(json_types, get_args(hint)))


def test_what_nothing_reaches_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new operation, field and parameter each fail the checks above, by name."""
    changed = json.loads(json.dumps(contract()))
    changed["operations"]["getLead"]["parameters"]["expand"] = {"in": "query", "required": False, "schema": {}}
    changed["schemas"]["CreateLeadBody"]["properties"]["nickName"] = {"type": ["string"]}
    for module in ("omni._operations.contract", __name__):
        monkeypatch.setattr(f"{module}.contract", lambda: changed)

    for name, field in (("getLead", "expand"), ("createLead", "nickName")):
        with pytest.raises(pytest.fail.Exception, match=f"{name}: nothing sends {field}: let a method"):
            test_every_parameter_and_field_is_reachable(name)
    problem = r"LeadFields in omni/_operations/payloads\.py: nick_name is missing, and in the contract string"
    with pytest.raises(pytest.fail.Exception, match=problem):
        test_typed_fields_are_those_of_the_contract("createLead")
