from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_failed_action_log import EventFailedActionLog


T = TypeVar("T", bound="ActionLogFailedEvent")


@_attrs_define
class ActionLogFailedEvent:
    """An action failed. [EF]"""

    event: None | str | Unset = UNSET
    """ The name of the event. [EF] """
    action_log: EventFailedActionLog | None | Unset = UNSET
    """ The action. [EF] """
    occurred_at: datetime.datetime | None | Unset = UNSET
    """ When it happened. In the samples of October 2025 only. [EF-0] """
    workspace_id: None | str | Unset = UNSET
    """ The workspace that owns it. [EF] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.event_failed_action_log import EventFailedActionLog  # noqa: PLC0415

        event: None | str | Unset
        if isinstance(self.event, Unset):
            event = UNSET
        else:
            event = self.event

        action_log: dict[str, Any] | None | Unset
        if isinstance(self.action_log, Unset):
            action_log = UNSET
        elif isinstance(self.action_log, EventFailedActionLog):
            action_log = self.action_log.to_dict()
        else:
            action_log = self.action_log

        occurred_at: None | str | Unset
        if isinstance(self.occurred_at, Unset):
            occurred_at = UNSET
        elif isinstance(self.occurred_at, datetime.datetime):
            occurred_at = self.occurred_at.isoformat()
        else:
            occurred_at = self.occurred_at

        workspace_id: None | str | Unset
        if isinstance(self.workspace_id, Unset):
            workspace_id = UNSET
        else:
            workspace_id = self.workspace_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if event is not UNSET:
            field_dict["event"] = event
        if action_log is not UNSET:
            field_dict["actionLog"] = action_log
        if occurred_at is not UNSET:
            field_dict["occurredAt"] = occurred_at
        if workspace_id is not UNSET:
            field_dict["workspaceId"] = workspace_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event_failed_action_log import EventFailedActionLog  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_event(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        event = _parse_event(d.pop("event", UNSET))

        def _parse_action_log(data: object) -> EventFailedActionLog | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                action_log_type_0 = EventFailedActionLog.from_dict(data)

                return action_log_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(EventFailedActionLog | None | Unset, data)

        action_log = _parse_action_log(d.pop("actionLog", UNSET))

        def _parse_occurred_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                occurred_at_type_0 = datetime.datetime.fromisoformat(data)

                return occurred_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        occurred_at = _parse_occurred_at(d.pop("occurredAt", UNSET))

        def _parse_workspace_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        workspace_id = _parse_workspace_id(d.pop("workspaceId", UNSET))

        action_log_failed_event = cls(
            event=event,
            action_log=action_log,
            occurred_at=occurred_at,
            workspace_id=workspace_id,
        )

        action_log_failed_event.additional_properties = d
        return action_log_failed_event

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
