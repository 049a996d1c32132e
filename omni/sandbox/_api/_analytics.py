"""Analytics: totals over all leads, and the figures of each lead, as JSON pages or as a CSV file."""

import csv
import re
from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException

from omni.sandbox._api._requests import ApiRequest
from omni.sandbox._checklists import definition, items
from omni.sandbox._contract import is_array, is_object, parse_time
from omni.sandbox._files import File
from omni.sandbox._shapes import Json, objects
from omni.sandbox._workspace import Workspace

_SOURCES = ("agent", "imported", "manual", "portal")
_CHANNELS = ("sms", "email")
_INTERVENTIONS = ("documentOverrides", "escalations", "manualUpdates", "messageEdits", "messageRejects")


def get_analytics(request: ApiRequest) -> Json:
    workspace, query = request.workspace, request.parameters
    leads = _leads_in_period(workspace, query)
    figures = [_figures(workspace, lead) for lead in leads]
    if query.get("format") == "csv":
        if "token" in query:
            raise HTTPException(400, "token is for JSON only.")
        return {"downloadUrl": _csv_link(request, figures)}
    start = _offset(query.get("token", "after-0"))
    stop = start + workspace.page_size
    return {
        "start": query.get("start"),
        "end": query.get("end"),
        "nextToken": f"after-{stop}" if stop < len(leads) else None,
        "totals": {
            "count": len(leads),
            "leadsCompleted": sum(lead.get("status") == "COMPLETED" for lead in leads),
            "leadsOptedOut": sum(lead.get("status") == "OPTED_OUT" for lead in leads),
            # An empty lead adds nothing, and so all figures are there even if there are no leads.
            **_sum([_figures(workspace, {"lead": {"id": None}}), *figures]),
        },
        "breakdown": figures[start:stop],
    }


def _leads_in_period(workspace: Workspace, query: Mapping[str, str]) -> list[Json]:
    start, end = (parse_time(query.get(name, "")) for name in ("start", "end"))
    if start and end and start > end:
        raise HTTPException(400, "start must not be after end.")

    def is_counted(record: Json) -> bool:
        if record.get("deletedAt") or record.get("isTest"):
            return False
        # Whether start and end belong to the period is not documented: here both do, as they may be the same.
        if created := parse_time(record.get("createdAt") or ""):
            return (start or created) <= created <= (end or created)
        return not (start or end)

    return [lead for lead in workspace.leads.values() if is_counted(lead["lead"])]


def _figures(workspace: Workspace, lead: Json) -> Json:
    record, messages = lead["lead"], _messages(lead)
    checklist = [_item_figures(workspace, lead, item) for item in items(lead)]
    required = [item for item in checklist if item["required"]]
    sources = [item["source"] for item in required if item["status"] == "COMPLETED"]
    by_hand = [log for log in objects(lead, "actionLogs") if log["type"] == "MANUAL_UPDATE"]
    traffic = _traffic(messages)
    return {
        "leadId": record["id"],
        **{name: record.get(name) for name in ("firstName", "lastName", "email", "phoneNumber")},
        "createdAt": _to_seconds(record.get("createdAt")),
        # When a lead was completed is kept nowhere else.
        "completedAt": _to_seconds(record.get("updatedAt")) if lead.get("status") == "COMPLETED" else None,
        "optedOutAt": _to_seconds(record.get("optOutAt")),
        "totalMessages": len(messages),
        "inboundMessages": traffic.pop("inbound"),
        "outboundMessages": traffic.pop("outbound"),
        **traffic,
        "channels": {
            name: _traffic([message for message in messages if message["channel"] == name.upper()])
            for name in _CHANNELS
        },
        "completion": {
            "totalRequired": len(required),
            "totalCompleted": len(sources),
            "bySource": {source: sources.count(source) for source in _SOURCES},
        },
        "interventions": {**dict.fromkeys(_INTERVENTIONS, 0), "manualUpdates": len(by_hand)},
        "checklist": checklist,
    }


def _item_figures(workspace: Workspace, lead: Json, item: Json) -> Json:
    imported_at = workspace.imported.get(item["id"])
    # What the sample leads have is said to have come from the agent.
    source = "imported" if imported_at else "agent"
    return {
        "code": definition(item).get("code"),
        "required": definition(item).get("isRequired"),
        "status": item["status"],
        "value": item["value"],
        "updatedAt": _to_seconds(imported_at or lead["lead"].get("updatedAt")),
        "source": source if item["status"] == "COMPLETED" else None,
    }


def _messages(lead: Json) -> list[Json]:
    logs = [log for log in objects(lead, "actionLogs") if log["status"] == "COMPLETED"]
    return [message | {"at": _to_seconds(log["createdAt"])} for log in logs for message in objects(log, "messages")]


def _traffic(messages: list[Json]) -> Json:
    inbound = [message["at"] for message in messages if message["direction"] == "INBOUND"]
    outbound = [message["at"] for message in messages if message["direction"] == "OUTBOUND"]
    return {
        "inbound": len(inbound),
        "outbound": len(outbound),
        "lastInboundAt": max(inbound, default=None),
        "lastOutboundAt": max(outbound, default=None),
    }


def _sum(figures: list[Json]) -> Json:
    return {
        name: _sum([lead[name] for lead in figures]) if isinstance(value, dict) else sum(lead[name] for lead in figures)
        for name, value in figures[0].items()
        if isinstance(value, dict | int)
    }


def _to_seconds(time: str | None) -> str | None:
    """Return a time as analytics writes it: without milliseconds."""
    return time and re.sub(r"\.[0-9]+", "", time)


def _offset(token: str) -> int:
    if not re.fullmatch("after-[0-9]{1,9}", token):
        raise HTTPException(400, "This is no token of an earlier page.")
    return int(token.removeprefix("after-"))


def _csv_link(request: ApiRequest, figures: list[Json]) -> str:
    rows = [dict(_columns(lead)) for lead in figures]
    text = StringIO()
    writer = csv.DictWriter(text, dict.fromkeys(name for row in rows for name in row))
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    file = File(str(uuid4()), "analytics.csv", "text/csv", len(content), BytesIO(content))
    request.workspace.files[file.id] = file
    return request.link(file.id, file.filename)


def _columns(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the columns of a row: `channels.sms.inbound`, `checklist.0.code`."""
    if is_array(value):
        value = {str(n): element for n, element in enumerate(value)}
    if is_object(value):
        for key, child in value.items():
            yield from _columns(child, f"{name}.{key}" if name else key)
    else:
        yield name, value
