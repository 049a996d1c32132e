"""Writes over real HTTP to the stateful sandbox: what is asked for happens, once, and nothing else does."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import omni

pytestmark = pytest.mark.anyio

IN_PROGRESS = "11111111-1111-4111-8111-111111111101"
OPTED_OUT = "11111111-1111-4111-8111-111111111104"


@pytest.fixture
def sandbox() -> Iterator[Any]:
    """A sandbox of its own for each test, since it is written to."""
    from omni.sandbox import running

    with running() as server:
        yield server


@pytest.fixture
def connect(make: Callable[..., Any], sandbox: Any) -> Callable[..., Any]:
    """Make a client of the sandbox."""
    return lambda **options: make(base_url=sandbox.base_url, api_key=sandbox.api_key, **options)


async def test_create_sends_the_given_fields(connect: Callable[..., Any]) -> None:
    """The created lead has what was given, and nothing else."""
    async with connect() as client:
        made = await client.leads.create(
            first_name="Ada",
            phone_number="2025550123",
            tags=["VIP"],
            checklist_items=[{"code": "ein", "value": "00-0000000", "status": "COMPLETED"}],
        )
        lead = await client.leads.get(made.id)

    assert (lead.first_name, lead.last_name, lead.phone_number, lead.tags) == ("Ada", None, "+12025550123", ("VIP",))
    assert [item.value for item in lead.iter_items() if item.code == "ein"] == ["00-0000000"]
    assert [log.type for log in lead.action_logs] == ["API_ACTIVITY"]


async def test_update_changes_only_the_given_fields(connect: Callable[..., Any]) -> None:
    """What is left out stays, and not_applied() finds nothing left to do."""
    async with connect() as client:
        before = await client.leads.get(IN_PROGRESS)
        assert await client.leads.not_applied(IN_PROGRESS, last_name="Renamed") == ("lastName",)
        changed = await client.leads.update(IN_PROGRESS, last_name="Renamed")
        after = await client.leads.get(IN_PROGRESS)
        assert await client.leads.not_applied(IN_PROGRESS, last_name="Renamed") == ()

    assert changed.last_name == after.last_name == "Renamed"
    assert (before.first_name, before.business_name) == (after.first_name, after.business_name)


async def test_opt_out_and_lift_opt_out(connect: Callable[..., Any]) -> None:
    """Each has a method of its own."""
    async with connect() as client:
        assert (await client.leads.opt_out(IN_PROGRESS)).did_opt_out
        assert (await client.leads.get(IN_PROGRESS)).status == "OPTED_OUT"
        await client.leads.lift_opt_out(IN_PROGRESS)
        lead = await client.leads.get(IN_PROGRESS)

    assert (lead.did_opt_out, lead.status) == (False, "IN_PROGRESS")


async def test_update_never_lifts_an_opt_out(connect: Callable[..., Any]) -> None:
    """Neither by accident nor by a flag."""
    async with connect() as client:
        await client.leads.update(OPTED_OUT, last_name="Renamed")
        with pytest.raises(omni.UsageError, match="lift_opt_out"):
            await client.leads.update(OPTED_OUT, did_opt_out=False)
        lead = await client.leads.get(OPTED_OUT)

    assert (lead.last_name, lead.did_opt_out) == ("Renamed", True)


async def test_status_methods(connect: Callable[..., Any]) -> None:
    """complete() skips open items, reopen() undoes exactly that, mark_not_interested() sets a third status."""
    async with connect() as client:
        open_items = {item.code for item in (await client.leads.get(IN_PROGRESS)).missing_items}
        await client.leads.complete(IN_PROGRESS)
        complete = await client.leads.get(IN_PROGRESS)
        await client.leads.reopen(IN_PROGRESS)
        again = await client.leads.get(IN_PROGRESS)
        await client.leads.mark_not_interested(IN_PROGRESS)
        last = await client.leads.get(IN_PROGRESS)

    assert (complete.is_complete, complete.missing_items) == (True, ())
    assert {item.code for item in again.missing_items} == open_items
    assert last.status == "NOT_INTERESTED"


async def test_added_item_is_on_the_checklist(connect: Callable[..., Any]) -> None:
    """It is on this lead's checklist from then on."""
    async with connect() as client:
        item = await client.leads.add_checklist_item(IN_PROGRESS, label="Water bill", field_type="FILE")
        groups = await client.leads.checklist(IN_PROGRESS)

    assert (item.code, item.status, item.is_required) == ("WATER_BILL", "TODO", True)
    assert "Water bill" in [each.label for group in groups for each in group.items]


async def test_checklist_documents_and_logs_of_a_lead(connect: Callable[..., Any]) -> None:
    """Each list has what the whole lead has."""
    async with connect() as client:
        lead = await client.leads.get(IN_PROGRESS)
        groups = await client.leads.checklist(IN_PROGRESS)
        documents = await client.leads.documents(IN_PROGRESS)
        logs = await client.leads.action_logs(IN_PROGRESS)
        one = await client.documents.get(documents[0].id)
        whole = await client.documents.get(documents[0].id, include_content=True)

    assert [group.id for group in groups] == [group.id for group in lead.checklist]
    assert [document.id for document in documents] == [document.id for document in lead.documents]
    assert [log.id for log in logs] == [log.id for log in lead.action_logs]
    assert (one.lead_id, one.content) == (IN_PROGRESS, None)
    assert len(whole.content) == whole.size


async def test_writes_to_an_unknown_lead(connect: Callable[..., Any]) -> None:
    """404 is a NotFoundError for writes too; an invalid id is refused before."""
    async with connect() as client:
        with pytest.raises(omni.NotFoundError):
            await client.leads.update("no-such-lead", last_name="x")
        with pytest.raises(omni.UsageError, match="lead_id"):
            await client.leads.opt_out("..")


async def test_client_that_may_only_read_refuses_writes(connect: Callable[..., Any], sandbox: Any) -> None:
    """Every write is refused before it is sent, also a raw one, and no option gives the permission back."""
    async with connect(allow={"read"}) as client:
        wider = client.with_options(allow={"read", "write", "contacts-person", "consent"})
        for call in (
            client.leads.create(first_name="Ada"),
            client.leads.update(IN_PROGRESS, last_name="x"),
            client.leads.opt_out(IN_PROGRESS),
            client.leads.add_checklist_item(IN_PROGRESS, label="L", field_type="TEXT"),
            client.http.post("/api/v1/leads", json={"firstName": "Ada"}),
            client.http.delete(f"/api/v1/leads/{IN_PROGRESS}"),
            wider.leads.update(IN_PROGRESS, last_name="x"),
        ):
            with pytest.raises(omni.UsageError, match="allows only read"):
                await call
        await client.leads.get(IN_PROGRESS)

    assert [method for method, _ in sandbox.workspace.requests] == ["GET"]


async def test_client_without_consent_refuses_opt_outs_and_statuses(connect: Callable[..., Any]) -> None:
    """It may change a name, and neither opt out nor set a status."""
    async with connect() as client:
        careful = client.with_options(allow={"read", "write"})
        await careful.leads.update(IN_PROGRESS, last_name="x")
        for call in (
            careful.leads.opt_out(IN_PROGRESS),
            careful.leads.complete(IN_PROGRESS),
            careful.leads.update(IN_PROGRESS, did_opt_out=True),
            careful.leads.create(first_name="Ada"),
        ):
            with pytest.raises(omni.UsageError, match="may have the effect"):
                await call


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_server_error_to_a_write_is_an_unknown_outcome(make: Callable[..., Any], status: int) -> None:
    """It is sent once, has both classes of error, and says how to find out."""
    seen: list[Any] = []
    transport = httpx.MockTransport(lambda request: seen.append(request) or httpx.Response(status, text="<html>"))
    async with make(transport=transport) as client:
        with pytest.raises(omni.WriteServerError) as caught:
            await client.leads.create(first_name="Ada")

    assert isinstance(caught.value, omni.InternalServerError)
    assert isinstance(caught.value, omni.OutcomeUnknownError)
    assert len(seen) == 1
    assert "look for it in the dashboard" in caught.value.reconcile_hint


@pytest.mark.parametrize("status", [300, 301, 302, 303, 499])
async def test_status_that_is_no_refusal_is_an_unknown_outcome(make: Callable[..., Any], status: int) -> None:
    """303 is the usual response to a completed post, and 499 is a proxy whose client left: both say how to find out."""
    async with make(transport=httpx.MockTransport(lambda request: httpx.Response(status, json={}))) as client:
        with pytest.raises(omni.WriteStatusError) as caught:
            await client.leads.create(first_name="Ada")

    assert isinstance(caught.value, omni.APIStatusError)
    assert isinstance(caught.value, omni.OutcomeUnknownError)
    assert "look for it in the dashboard" in caught.value.reconcile_hint


async def test_page_behind_a_redirect_says_nothing_about_the_write(make: Callable[..., Any]) -> None:
    """Whatever the page that a 303 leads to says, the outcome is unknown."""

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(303, headers={"location": "/"}) if request.method == "POST" else httpx.Response(404)

    async with make(transport=httpx.MockTransport(respond)) as client:
        (client.http._blocking if hasattr(client.http, "_blocking") else client.http).follow_redirects = True
        with pytest.raises(omni.WriteStatusError):
            await client.leads.create(first_name="Ada")


@pytest.mark.parametrize("status", [304, 307, 308, 404, 408, 413])
async def test_status_that_refuses_a_write(make: Callable[..., Any], status: int) -> None:
    """A redirect that keeps the method did nothing here, and neither did the other 4xx."""
    async with make(transport=httpx.MockTransport(lambda request: httpx.Response(status, json={}))) as client:
        with pytest.raises(omni.APIStatusError) as caught:
            await client.leads.create(first_name="Ada")

    assert not isinstance(caught.value, omni.OutcomeUnknownError)


UNREADABLE = [(200, b""), (200, b"<html>"), (201, b"{}"), (202, b""), (204, b""), (200, b'{"success": false}')]


@pytest.mark.parametrize(("status", "body"), UNREADABLE)
async def test_unreadable_success_of_a_write_is_an_unknown_outcome(
    make: Callable[..., Any], status: int, body: bytes
) -> None:
    """It was done, or may be: a script that takes it for a failure would create a second lead."""
    async with make(transport=httpx.MockTransport(lambda request: httpx.Response(status, content=body))) as client:
        with pytest.raises(omni.WriteResponseError, match="the write was done, or may have been") as caught:
            await client.leads.create(first_name="Ada")

    assert isinstance(caught.value, omni.InvalidResponseError)
    assert isinstance(caught.value, omni.OutcomeUnknownError)
    assert (caught.value.status_code, caught.value.content) == (status, body)
    assert "look for it in the dashboard" in caught.value.reconcile_hint


@pytest.mark.parametrize(("status", "refusal"), [(501, omni.InternalServerError), (400, omni.BadRequestError)])
async def test_refusal_is_no_unknown_outcome(
    make: Callable[..., Any], status: int, refusal: type[omni.OmniError]
) -> None:
    """A 4xx is raised as what it is."""
    async with make(transport=httpx.MockTransport(lambda request: httpx.Response(status, json={}))) as client:
        with pytest.raises(refusal) as caught:
            await client.leads.create(first_name="Ada")

    assert not isinstance(caught.value, omni.OutcomeUnknownError)


@pytest.mark.parametrize("body", [{"success": False, "lead": {"id": "1"}}, {"success": True}, [], 7, {"lead": 7}])
async def test_success_without_the_lead_is_an_error(make: Callable[..., Any], body: Any) -> None:
    """A 200 that does not have the lead, or says that it failed, is an error that keeps the body."""
    async with make(transport=httpx.MockTransport(lambda request: httpx.Response(200, json=body))) as client:
        with pytest.raises(omni.InvalidResponseError) as caught:
            await client.leads.create(first_name="Ada")

    assert caught.value.body == body


@pytest.mark.parametrize("name", ["opt_out", "lift_opt_out", "complete", "reopen", "mark_not_interested"])
async def test_status_method_with_an_unknown_outcome(make: Callable[..., Any], name: str) -> None:
    """The hint says to read the lead before the same method is called again."""

    def lose(request: Any) -> Any:
        raise httpx.ReadError("lost")

    async with make(transport=httpx.MockTransport(lose)) as client:
        with pytest.raises(omni.OutcomeUnknownError) as caught:
            await getattr(client.leads, name)("1")

    assert f"before {name}() again" in caught.value.reconcile_hint


async def test_wait_polls_through_temporary_errors(make: Callable[..., Any]) -> None:
    """Polling continues until the lead is complete."""
    responses = iter([(503, {}), (200, "IN_PROGRESS"), (429, {}), (200, "COMPLETED")])

    def respond(request: Any) -> Any:
        status, word = next(responses)
        return httpx.Response(status, json={"lead": {"id": "1"}, "status": word})

    async with make(transport=httpx.MockTransport(respond), attempts=1) as client:
        lead = await client.leads.wait("1", poll_interval=0.001)

    assert lead.is_complete
    assert next(responses, None) is None


async def test_wait_until_a_condition(connect: Callable[..., Any]) -> None:
    """``until`` decides when to stop."""
    async with connect() as client:
        lead = await client.leads.wait(OPTED_OUT, until=lambda lead: lead.did_opt_out)

    assert lead.id == OPTED_OUT


async def test_wait_times_out(make: Callable[..., Any]) -> None:
    """It does for a lead that never is complete, and for a server that never responds."""
    lead = {"lead": {"id": "1"}, "status": "IN_PROGRESS"}
    async with make(transport=httpx.MockTransport(lambda request: httpx.Response(200, json=lead))) as client:
        with pytest.raises(omni.APITimeoutError, match="did not reach the awaited state in time") as caught:
            await client.leads.wait("1", poll_interval=0.01, timeout=0.5)
        with pytest.raises(omni.UsageError, match="poll_interval is 0"):
            await client.leads.wait("1", poll_interval=0)
        with pytest.raises(omni.UsageError, match="timeout is 0"):
            await client.leads.wait("1", timeout=0)

    assert caught.value.attempts >= 2


async def test_wait_ends_with_a_permanent_error(connect: Callable[..., Any]) -> None:
    """A lead that does not exist is not waited for."""
    async with connect() as client:
        with pytest.raises(omni.NotFoundError):
            await client.leads.wait("no-such-lead")
