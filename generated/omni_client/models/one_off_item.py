from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.checklist_item_status import ChecklistItemStatus
from ..models.field_type import FieldType
from ..types import UNSET, Unset

T = TypeVar("T", bound="OneOffItem")


@_attrs_define
class OneOffItem:
    """A one-off checklist item, which lives on one lead only. [CI]"""

    id: str | Unset = UNSET
    """ The item's id; whether of the lead's entry or of the definition is not documented. [CI] """
    lead_id: None | str | Unset = UNSET
    """ The lead that has it. [CI] """
    code: None | str | Unset = UNSET
    """ Its stable code, made from the label. [CI] """
    label: None | str | Unset = UNSET
    """ What the person is asked for. [CI] """
    field_type: FieldType | None | str | Unset = UNSET
    """ What kind of value or file is asked for. [CI] """
    is_required: bool | None | Unset = UNSET
    """ Whether it is required. [CI] """
    status: ChecklistItemStatus | None | str | Unset = UNSET
    """ How far it is; starts as `TODO`. [CI] """
    agent_instructions: None | str | Unset = UNSET
    """ Instructions for the agent. [CI] """
    client_instructions: None | str | Unset = UNSET
    """ Instructions for the person. [CI] """
    created_at: datetime.datetime | None | Unset = UNSET
    """ When it was made. [CI] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        lead_id: None | str | Unset
        if isinstance(self.lead_id, Unset):
            lead_id = UNSET
        else:
            lead_id = self.lead_id

        code: None | str | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        label: None | str | Unset
        if isinstance(self.label, Unset):
            label = UNSET
        else:
            label = self.label

        field_type: None | str | Unset
        if isinstance(self.field_type, Unset):
            field_type = UNSET
        elif isinstance(self.field_type, FieldType):
            field_type = self.field_type.value
        else:
            field_type = self.field_type

        is_required: bool | None | Unset
        if isinstance(self.is_required, Unset):
            is_required = UNSET
        else:
            is_required = self.is_required

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        elif isinstance(self.status, ChecklistItemStatus):
            status = self.status.value
        else:
            status = self.status

        agent_instructions: None | str | Unset
        if isinstance(self.agent_instructions, Unset):
            agent_instructions = UNSET
        else:
            agent_instructions = self.agent_instructions

        client_instructions: None | str | Unset
        if isinstance(self.client_instructions, Unset):
            client_instructions = UNSET
        else:
            client_instructions = self.client_instructions

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if lead_id is not UNSET:
            field_dict["leadId"] = lead_id
        if code is not UNSET:
            field_dict["code"] = code
        if label is not UNSET:
            field_dict["label"] = label
        if field_type is not UNSET:
            field_dict["fieldType"] = field_type
        if is_required is not UNSET:
            field_dict["isRequired"] = is_required
        if status is not UNSET:
            field_dict["status"] = status
        if agent_instructions is not UNSET:
            field_dict["agentInstructions"] = agent_instructions
        if client_instructions is not UNSET:
            field_dict["clientInstructions"] = client_instructions
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id", UNSET)

        def _parse_lead_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_id = _parse_lead_id(d.pop("leadId", UNSET))

        def _parse_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        code = _parse_code(d.pop("code", UNSET))

        def _parse_label(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        label = _parse_label(d.pop("label", UNSET))

        def _parse_field_type(data: object) -> FieldType | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                field_type_type_0 = FieldType(data)

                return field_type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FieldType | None | str | Unset, data)

        field_type = _parse_field_type(d.pop("fieldType", UNSET))

        def _parse_is_required(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        is_required = _parse_is_required(d.pop("isRequired", UNSET))

        def _parse_status(data: object) -> ChecklistItemStatus | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = ChecklistItemStatus(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ChecklistItemStatus | None | str | Unset, data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_agent_instructions(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        agent_instructions = _parse_agent_instructions(d.pop("agentInstructions", UNSET))

        def _parse_client_instructions(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        client_instructions = _parse_client_instructions(d.pop("clientInstructions", UNSET))

        def _parse_created_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                created_at_type_0 = datetime.datetime.fromisoformat(data)

                return created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        created_at = _parse_created_at(d.pop("createdAt", UNSET))

        one_off_item = cls(
            id=id,
            lead_id=lead_id,
            code=code,
            label=label,
            field_type=field_type,
            is_required=is_required,
            status=status,
            agent_instructions=agent_instructions,
            client_instructions=client_instructions,
            created_at=created_at,
        )

        one_off_item.additional_properties = d
        return one_off_item

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
