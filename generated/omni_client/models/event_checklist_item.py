from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.checklist_item_status import ChecklistItemStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_checklist_document import EventChecklistDocument


T = TypeVar("T", bound="EventChecklistItem")


@_attrs_define
class EventChecklistItem:
    """One lead's entry for one checklist item, as events have it. [LX, LU]"""

    checklist_item_id: None | str | Unset = UNSET
    """ The id of the definition, not of the lead's entry. [LX] """
    checklist_item_code: None | str | Unset = UNSET
    """ The stable code of the definition. [LX] """
    value: Any | Unset = UNSET
    """ What was collected: a string, a number, or an address as an object. [LX] """
    alternate_values: list[Any] | None | Unset = UNSET
    """ Other values that were found. [LX] """
    status: ChecklistItemStatus | None | str | Unset = UNSET
    """ How far the item is. [LX] """
    updated_at: datetime.datetime | None | Unset = UNSET
    """ When the item last changed. [LX] """
    documents: list[EventChecklistDocument] | None | Unset = UNSET
    """ The files of a file item. [LX] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        checklist_item_id: None | str | Unset
        if isinstance(self.checklist_item_id, Unset):
            checklist_item_id = UNSET
        else:
            checklist_item_id = self.checklist_item_id

        checklist_item_code: None | str | Unset
        if isinstance(self.checklist_item_code, Unset):
            checklist_item_code = UNSET
        else:
            checklist_item_code = self.checklist_item_code

        value = self.value

        alternate_values: list[Any] | None | Unset
        if isinstance(self.alternate_values, Unset):
            alternate_values = UNSET
        elif isinstance(self.alternate_values, list):
            alternate_values = self.alternate_values

        else:
            alternate_values = self.alternate_values

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        elif isinstance(self.status, ChecklistItemStatus):
            status = self.status.value
        else:
            status = self.status

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        elif isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

        documents: list[dict[str, Any]] | None | Unset
        if isinstance(self.documents, Unset):
            documents = UNSET
        elif isinstance(self.documents, list):
            documents = []
            for documents_type_0_item_data in self.documents:
                documents_type_0_item = documents_type_0_item_data.to_dict()
                documents.append(documents_type_0_item)

        else:
            documents = self.documents

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if checklist_item_id is not UNSET:
            field_dict["checklistItemId"] = checklist_item_id
        if checklist_item_code is not UNSET:
            field_dict["checklistItemCode"] = checklist_item_code
        if value is not UNSET:
            field_dict["value"] = value
        if alternate_values is not UNSET:
            field_dict["alternateValues"] = alternate_values
        if status is not UNSET:
            field_dict["status"] = status
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at
        if documents is not UNSET:
            field_dict["documents"] = documents

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event_checklist_document import EventChecklistDocument  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_checklist_item_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        checklist_item_id = _parse_checklist_item_id(d.pop("checklistItemId", UNSET))

        def _parse_checklist_item_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        checklist_item_code = _parse_checklist_item_code(d.pop("checklistItemCode", UNSET))

        value = d.pop("value", UNSET)

        def _parse_alternate_values(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                alternate_values_type_0 = cast(list[Any], data)

                return alternate_values_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Any] | None | Unset, data)

        alternate_values = _parse_alternate_values(d.pop("alternateValues", UNSET))

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

        def _parse_updated_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                updated_at_type_0 = datetime.datetime.fromisoformat(data)

                return updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        updated_at = _parse_updated_at(d.pop("updatedAt", UNSET))

        def _parse_documents(data: object) -> list[EventChecklistDocument] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                documents_type_0 = []
                _documents_type_0 = data
                for documents_type_0_item_data in _documents_type_0:
                    documents_type_0_item = EventChecklistDocument.from_dict(documents_type_0_item_data)

                    documents_type_0.append(documents_type_0_item)

                return documents_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[EventChecklistDocument] | None | Unset, data)

        documents = _parse_documents(d.pop("documents", UNSET))

        event_checklist_item = cls(
            checklist_item_id=checklist_item_id,
            checklist_item_code=checklist_item_code,
            value=value,
            alternate_values=alternate_values,
            status=status,
            updated_at=updated_at,
            documents=documents,
        )

        event_checklist_item.additional_properties = d
        return event_checklist_item

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
