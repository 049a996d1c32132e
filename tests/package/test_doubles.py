"""Test doubles of a client: autospec knows its resources, their parameters, and which methods are async."""

import asyncio
import inspect
from typing import Any
from unittest.mock import AsyncMock, Mock, create_autospec

import pytest

import omni

RESOURCES = {"leads": "Leads", "documents": "Documents", "analytics": "WorkspaceAnalytics", "http": "HTTP"}
CLIENTS = [omni.Client, omni.AsyncClient]


def doubles() -> list[Any]:
    """Two doubles of each client class: what a double of the class returns, and a double of an instance."""
    return [
        pytest.param(kind, double, id=kind.__name__)
        for kind in CLIENTS
        for double in (create_autospec(kind)(), create_autospec(kind, instance=True))
    ]


@pytest.mark.parametrize(("kind", "double"), doubles())
@pytest.mark.parametrize("name", RESOURCES)
def test_double_has_every_method_of_every_resource(kind: type, double: Any, name: str) -> None:
    """``create_autospec`` finds each public method of a resource, and mocks the async ones as such."""
    resource = getattr(omni, ("Async" if kind is omni.AsyncClient else "") + RESOURCES[name])
    methods = {key for key, value in vars(resource).items() if callable(value) and not key.startswith("_")}
    awaited = {key for key in methods if inspect.iscoroutinefunction(getattr(resource, key))}

    assert methods
    assert {key for key in methods if not callable(getattr(getattr(double, name), key, None))} == set()
    assert {key for key in methods if isinstance(getattr(getattr(double, name), key), AsyncMock)} == awaited


@pytest.mark.parametrize(("kind", "double"), doubles())
def test_double_refuses_what_the_client_refuses(kind: type, double: Any) -> None:
    """Wrong arguments and unknown names fail in a test as they would in production."""
    for call in (
        lambda: double.leads.get(),
        lambda: double.leads.get("1", wrong=2),
        lambda: double.documents.upload("1"),
        lambda: double.analytics.iter_leads("2026"),
        lambda: double.with_options(retries=3),
    ):
        with pytest.raises(TypeError):
            call()
    for get_attribute in (lambda: double.leed, lambda: double.leads.gett, lambda: double.http.gett):
        with pytest.raises(AttributeError):
            get_attribute()


@pytest.mark.parametrize("kind", CLIENTS)
def test_double_of_the_class_refuses_wrong_arguments(kind: type) -> None:
    """The double of a class accepts the arguments of the class and no others."""
    double = create_autospec(kind)

    double(api_key="key", timeout=3.0)
    for call in (lambda: double("key"), lambda: double(retries=3)):
        with pytest.raises(TypeError):
            call()


def test_double_returns_what_a_test_sets() -> None:
    """A ``return_value`` is returned by a blocking method and by awaiting an async one."""
    lead = omni.Lead.from_dict({"lead": {"id": "1"}})
    blocking, awaited = (create_autospec(kind, instance=True) for kind in CLIENTS)
    blocking.leads.get.return_value = awaited.leads.get.return_value = lead

    assert blocking.leads.get("1") is lead
    assert asyncio.run(awaited.leads.get("1")) is lead
    blocking.leads.get.assert_called_once_with("1")
    awaited.leads.get.assert_awaited_once_with(lead_id="1")


@pytest.mark.parametrize("kind", CLIENTS)
def test_mock_with_spec_has_the_names_of_the_client(kind: type) -> None:
    """``Mock(spec=…)`` has the resources and nothing else."""
    double = Mock(spec=kind)

    assert [name for name in [*RESOURCES, "raw", "with_options"] if not hasattr(double, name)] == []
    assert not hasattr(double, "leed")
    assert isinstance(double, kind)


def test_resources_are_created_once_per_client() -> None:
    """Each client, also one by ``with_options``, has its own resources, and always the same ones."""
    with omni.Client(api_key="key") as client:
        copy = client.with_options(timeout=3)

        for name in RESOURCES:
            assert getattr(client, name) is getattr(client, name)
            assert getattr(client, name) is not getattr(copy, name)
            assert type(getattr(client, name)) is getattr(omni.Client, name)
