"""Analytics: totals over all leads, and figures lead by lead, as JSON pages or as a CSV file."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from omni.sandbox._checklists import definition, items
from omni.sandbox._checks import LIST, OBJECT, TEXT, Rule, check, word
from omni.sandbox._files import File, Links
from omni.sandbox._samples import Answer, many
from omni.sandbox._workspace import Workspace

_PARAMETERS: dict[str, Rule] = {"start": TEXT, "end": TEXT, "format": word("json", "csv"), "token": TEXT}
_SOURCES = ("agent", "imported", "manual", "portal")
_CHANNELS = ("sms", "email")
_INTERVENTIONS = ("documentOverrides", "escalations", "manualUpdates", "messageEdits", "messageRejects")


class Analytics:
    """The one operation on all leads."""

    def __init__(self, workspace: Workspace, links: Links, page_size: int) -> None:
        self.workspace = workspace
        self.links = links
        self.page_size = page_size

    async def get_analytics(self, request: Request) -> Response:
        asked = dict(request.query_params)
        check(asked, _PARAMETERS, name="The query")
        leads = self._between(_moment(asked.get("start")), _moment(asked.get("end")))
        if asked.get("format") == "csv":
            return JSONResponse({"downloadUrl": self._file(request, asked, leads)})
        first = _place(asked.get("token", "after-0"))
        last = first + self.page_size
        return JSONResponse(
            {
                "start": asked.get("start"),
                "end": asked.get("end"),
                "nextToken": f"after-{last}" if last < len(leads) else None,
                "totals": self._totals(leads),
                "breakdown": [self._figures(lead) for lead in leads[first:last]],
            }
        )

    def _between(self, start: datetime | None, end: datetime | None) -> list[Answer]:
        if start and end and start > end:
            raise HTTPException(400, "start must not be after end.")
        leads = self.workspace.leads.values()
        return [
            lead
            for lead in leads
            if not (lead["lead"].get("deletedAt") or lead["lead"].get("isTest"))
            and _is_between(_moment(lead["lead"].get("createdAt")), start, end)
        ]

    def _totals(self, leads: list[Answer]) -> Answer:
        states = [lead.get("status") for lead in leads]
        return {
            "count": len(leads),
            "leadsCompleted": states.count("COMPLETED"),
            "leadsOptedOut": states.count("OPTED_OUT"),
            # A lead without anything shows which figures there are.
            **_sum([self._figures({"lead": {"id": None}}), *map(self._figures, leads)]),
        }

    def _figures(self, lead: Answer) -> Answer:
        record, messages, checklist = lead["lead"], _messages(lead), [self._entry(lead, item) for item in items(lead)]
        done = [each["source"] for each in checklist if each["required"] and each["status"] == "COMPLETED"]
        edits = [log for log in many(lead, "actionLogs") if log["type"] == "MANUAL_UPDATE"]
        traffic = _traffic(messages)
        return {
            "leadId": record["id"],
            **{name: record.get(name) for name in ("firstName", "lastName", "email", "phoneNumber")},
            "createdAt": _whole(record.get("createdAt")),
            # When a lead became complete is kept nowhere else.
            "completedAt": _whole(record.get("updatedAt")) if lead.get("status") == "COMPLETED" else None,
            "optedOutAt": _whole(record.get("optOutAt")),
            "totalMessages": len(messages),
            "inboundMessages": traffic.pop("inbound"),
            "outboundMessages": traffic.pop("outbound"),
            **traffic,
            "channels": {
                name: _traffic([each for each in messages if each["channel"] == name.upper()]) for name in _CHANNELS
            },
            "completion": {
                "totalRequired": sum(bool(each["required"]) for each in checklist),
                "totalCompleted": len(done),
                "bySource": {source: done.count(source) for source in _SOURCES},
            },
            "interventions": {**dict.fromkeys(_INTERVENTIONS, 0), "manualUpdates": len(edits)},
            "checklist": checklist,
        }

    def _entry(self, lead: Answer, item: Answer) -> Answer:
        imported = self.workspace.imported.get(item["id"])
        # What the leads of the start have is said to have come from the agent.
        source = "imported" if imported else "agent"
        return {
            "code": definition(item).get("code"),
            "required": definition(item).get("isRequired"),
            "status": item["status"],
            "value": item["value"],
            "updatedAt": _whole(imported or lead["lead"].get("updatedAt")),
            "source": source if item["status"] == "COMPLETED" else None,
        }

    def _file(self, request: Request, asked: dict[str, str], leads: list[Answer]) -> str:
        if "token" in asked:
            raise HTTPException(400, "token is for JSON only.")
        rows = [dict(_cells(self._figures(lead))) for lead in leads]
        text = StringIO()
        writer = csv.DictWriter(text, dict.fromkeys(name for row in rows for name in row))
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode()
        file = File(str(uuid4()), "analytics.csv", "text/csv", len(content), BytesIO(content))
        self.workspace.files[file.id] = file
        return self.links.url(request, file.id, file.filename)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    with suppress(ValueError):
        moment = datetime.fromisoformat(text.upper())
        # What a time without an offset means is not documented; to refuse it is the strict choice.
        if moment.tzinfo:
            return moment
    raise HTTPException(400, "start and end must be ISO 8601 times with an offset.")


def _is_between(made: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    # Whether the ends belong to it is not documented: here both do, as start and end may be the same.
    if made is None:
        return not (start or end)
    return not (start and made < start) and not (end and made > end)


def _place(token: str) -> int:
    if not re.fullmatch("after-[0-9]{1,9}", token):
        raise HTTPException(400, "This is no token of an earlier page.")
    return int(token.removeprefix("after-"))


def _messages(lead: Answer) -> list[Answer]:
    done = [log for log in many(lead, "actionLogs") if log["status"] == "COMPLETED"]
    return [message | {"at": _whole(log["createdAt"])} for log in done for message in many(log, "messages")]


def _traffic(messages: list[Answer]) -> Answer:
    came = [each["at"] for each in messages if each["direction"] == "INBOUND"]
    went = [each["at"] for each in messages if each["direction"] == "OUTBOUND"]
    last_came, last_went = (max(stamps, default=None) for stamps in (came, went))
    return {"inbound": len(came), "outbound": len(went), "lastInboundAt": last_came, "lastOutboundAt": last_went}


def _sum(figures: list[Answer]) -> Answer:
    return {
        name: _sum([each[name] for each in figures]) if isinstance(value, dict) else sum(each[name] for each in figures)
        for name, value in figures[0].items()
        if isinstance(value, dict | int)
    }


def _whole(stamp: str | None) -> str | None:
    """Return a stamp as analytics writes it: without milliseconds."""
    return stamp and re.sub(r"\.[0-9]+", "", stamp)


def _cells(value: Any, column: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the columns of a row: `channels.sms.inbound`, `checklist.0.code`."""
    if LIST[0](value):
        value = {str(n): part for n, part in enumerate(value)}
    if OBJECT[0](value):
        for key, part in value.items():
            yield from _cells(part, f"{column}.{key}" if column else key)
    else:
        yield column, value
