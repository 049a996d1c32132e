"""Views and fields of requests as types in pydantic and FastAPI, on every Python."""

import json
import subprocess
import sys
from typing import Any

import fastapi
import httpx
import pydantic
import pytest
from jsonschema import Draft202012Validator

import omni
import omni.webhooks


class Application(pydantic.BaseModel):
    """A model of an application with a view in it."""

    lead: omni.Lead
    documents: list[omni.Document] = []
    fields: omni.LeadFields = {}


app = fastapi.FastAPI()


@app.get("/lead")
def respond_by_annotation() -> omni.Lead:
    return LEADS[0]


@app.get("/leads", response_model=list[omni.Lead])
def respond_by_model() -> list[omni.Lead]:
    return LEADS


@app.post("/applications")
def receive(application: Application) -> dict[str, Any]:
    return {"id": application.lead.id, "fields": application.fields}


LEADS: list[omni.Lead] = []


async def send(method: str, path: str, body: Any = None) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example.com") as client:
        return await client.request(method, path, json=body)


@pytest.fixture(autouse=True)
def lead(published: dict[str, Any]) -> omni.Lead:
    LEADS[:] = [omni.Lead.from_dict(published)]
    return LEADS[0]


def test_a_model_takes_views_and_their_json(lead: omni.Lead, published: dict[str, Any]) -> None:
    """The view that it was given, or one of the JSON; it writes the JSON as it came."""
    assert Application(lead=lead).lead is lead
    read = Application.model_validate({"lead": published, "documents": [{"id": "d", "new": [1]}]})

    assert read.lead == lead
    assert read.model_dump()["lead"] == published
    assert json.loads(read.model_dump_json())["documents"] == [{"id": "d", "new": [1]}]
    assert Application.model_validate_json(read.model_dump_json()) == read


@pytest.mark.parametrize("data", [None, 3, [], {}, {"lead": {"id": ""}}])
def test_what_is_no_lead_is_a_validation_error(data: Any) -> None:
    """With the text of ours."""
    with pytest.raises(pydantic.ValidationError, match="Lead: expected a JSON object"):
        Application(lead=data)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_is_the_contract(mode: Any, published: dict[str, Any]) -> None:
    """It is valid and complete: no reference leads out of it."""
    schema = pydantic.TypeAdapter(list[omni.Lead]).json_schema(mode=mode)
    Draft202012Validator.check_schema(schema)

    assert Draft202012Validator(schema).is_valid([published])
    assert not Draft202012Validator(schema).is_valid([{"lead": published["lead"], "documents": 3}])
    documents, null = schema["$defs"]["Lead"]["properties"]["documents"]["anyOf"]
    assert "signedUrl" in documents["items"]["properties"]
    assert null == {"type": "null"}
    assert "#/components" not in json.dumps(schema)


def test_json_schema_of_what_the_contract_does_not_have() -> None:
    """An event that nobody knows is an object."""
    schema = pydantic.TypeAdapter(omni.webhooks.UnknownEvent).json_schema()

    assert schema == {"title": "UnknownEvent", "type": "object"}


@pytest.mark.anyio
async def test_fastapi_writes_and_reads_views(lead: omni.Lead, published: dict[str, Any]) -> None:
    """By annotation, by response model and in a body; a wrong one is a 422 with our text and no other attribute."""
    assert (await send("GET", "/lead")).json() == published
    assert (await send("GET", "/leads")).json() == [published]
    received = await send("POST", "/applications", {"lead": published, "fields": {"last_name": "Doe"}})
    assert received.json() == {"id": lead.id, "fields": {"last_name": "Doe"}}
    refused = await send("POST", "/applications", {"lead": {}})

    (problem,) = refused.json()["detail"]
    assert (refused.status_code, problem["loc"]) == (422, ["body", "lead"])
    assert problem["msg"] == "Value error, Lead: expected a JSON object with a lead and its id."
    assert problem["ctx"] == {"error": {}}


@pytest.mark.anyio
async def test_openapi_of_fastapi_has_the_schema() -> None:
    """As a component, to which responses and bodies refer, and every reference leads to one."""
    document = (await send("GET", "/openapi.json")).json()
    schemas = document["components"]["schemas"]

    assert {"Lead", "Document", "LeadFields", "ChecklistValue"} <= schemas.keys()
    content = document["paths"]["/lead"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Lead"}
    references = {part.split('"')[0] for part in json.dumps(document).split('"$ref": "#/components/schemas/')[1:]}
    assert references <= schemas.keys()
    Draft202012Validator.check_schema(schemas["Lead"])
    assert '"type": [' not in json.dumps(schemas)  # FastAPI 0.115 refuses to write a list of types


@pytest.mark.parametrize("fields", [omni.LeadFields, omni.LeadChanges, omni.OneOffFields, omni.ChecklistValue])
def test_fields_of_requests_are_types(fields: Any) -> None:
    """On Python 3.11 too, where pydantic refuses a TypedDict of ``typing``."""
    adapter = pydantic.TypeAdapter[Any](fields)
    schema = adapter.json_schema()

    assert schema["properties"].keys() == fields.__annotations__.keys()
    assert {*schema.get("required", ())} == fields.__required_keys__
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python({name: object() for name in fields.__annotations__})


def test_fields_are_read() -> None:
    """What is left out stays out, and an item needs its code."""
    adapter = pydantic.TypeAdapter[Any](omni.LeadFields)
    given = {"last_name": "Doe", "checklist_items": [{"code": "ein", "status": "TODO"}], "did_opt_out": True}

    assert adapter.validate_python(given) == given
    with pytest.raises(pydantic.ValidationError, match="code"):
        adapter.validate_python({"checklist_items": [{"status": "TODO"}]})


def test_nothing_of_omni_imports_pydantic() -> None:
    """Neither views nor the fields of requests load it, or what it brings."""
    code = "import omni, sys; omni.Lead, omni.LeadFields, omni.Client(api_key='k'); print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()

    assert "omni._operations.payloads" in loaded
    assert {"pydantic", "pydantic_core", "typing_extensions", "omni._views.pydantic_schema"} & {*loaded} == set()
