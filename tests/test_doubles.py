"""Test doubles of a client: autospec sees its resources, refuses what they refuse, and awaits what is awaited."""

import asyncio
import inspect
from typing import Any
from unittest.mock import AsyncMock, Mock, create_autospec

import pytest

import omni

RESOURCES = {"leads": "Leads", "documents": "Documents", "analytics": "WorkspaceAnalytics", "http": "HTTP"}
CLIENTS = [omni.Client, omni.AsyncClient]


def doubles() -> list[Any]:
    """Doubles of a client of each kind: of its class when called, and of an object of it."""
    made = [(each, create_autospec(each)(), create_autospec(each, instance=True)) for each in CLIENTS]
    return [pytest.param(kind, each, id=kind.__name__) for kind, *both in made for each in both]


@pytest.mark.parametrize(("kind", "double"), doubles())
@pytest.mark.parametrize("name", RESOURCES)
def test_a_double_has_every_method_of_every_resource(kind: type, double: Any, name: str) -> None:
    """With ``create_autospec``, each public method of a resource is there, and awaitable where it is awaited."""
    resource = getattr(omni, ("Async" if kind is omni.AsyncClient else "") + RESOURCES[name])
    methods = {key for key, value in vars(resource).items() if callable(value) and not key.startswith("_")}
    awaited = {key for key in methods if inspect.iscoroutinefunction(getattr(resource, key))}

    assert methods
    assert {key for key in methods if not callable(getattr(getattr(double, name), key, None))} == set()
    assert {key for key in methods if isinstance(getattr(getattr(double, name), key), AsyncMock)} == awaited


@pytest.mark.parametrize(("kind", "double"), doubles())
def test_a_double_refuses_what_the_client_refuses(kind: type, double: Any) -> None:
    """Wrong arguments and names that are not there fail in a test as they would in production."""
    for call in (
        lambda: double.leads.get(),
        lambda: double.leads.get("1", wrong=2),
        lambda: double.documents.upload("1"),
        lambda: double.analytics.iter_leads("2026"),
        lambda: double.with_options(retries=3),
    ):
        with pytest.raises(TypeError):
            call()
    for find in (lambda: double.leed, lambda: double.leads.gett, lambda: double.http.gett):
        with pytest.raises(AttributeError):
            find()


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_double_of_the_class_refuses_wrong_arguments(kind: type) -> None:
    """The double of a class takes what the class takes."""
    double = create_autospec(kind)

    double(api_key="key", timeout=3.0)
    for call in (lambda: double("key"), lambda: double(retries=3)):
        with pytest.raises(TypeError):
            call()


def test_a_double_answers() -> None:
    """What a test makes a double return comes from the call, awaited or not."""
    lead = omni.Lead.from_dict({"lead": {"id": "1"}})
    blocking, awaited = (create_autospec(kind, instance=True) for kind in CLIENTS)
    blocking.leads.get.return_value = awaited.leads.get.return_value = lead

    assert blocking.leads.get("1") is lead
    assert asyncio.run(awaited.leads.get("1")) is lead
    blocking.leads.get.assert_called_once_with("1")
    awaited.leads.get.assert_awaited_once_with(lead_id="1")


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_mock_with_a_spec_has_the_names_of_the_client(kind: type) -> None:
    """``Mock(spec=…)`` has the resources and nothing else."""
    double = Mock(spec=kind)

    assert [name for name in [*RESOURCES, "raw", "with_options"] if not hasattr(double, name)] == []
    assert not hasattr(double, "leed")
    assert isinstance(double, kind)


def test_a_resource_is_made_once_a_client() -> None:
    """Each client, a copy too, has resources of its own, and always the same ones."""
    with omni.Client(api_key="key") as client:
        copy = client.with_options(timeout=3)

        for name in RESOURCES:
            assert getattr(client, name) is getattr(client, name)
            assert getattr(client, name) is not getattr(copy, name)
            assert type(getattr(client, name)) is getattr(omni.Client, name)
