from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.checklist_item_status import ChecklistItemStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.checklist_item_definition import ChecklistItemDefinition
    from ..models.document import Document


T = TypeVar("T", bound="ChecklistItem")


@_attrs_define
class ChecklistItem:
    """One lead's entry for one checklist item. [GL]"""

    id: str | Unset = UNSET
    """ The id of the lead's entry, elsewhere called `leadChecklistItemId` (inferred). [GL] """
    checklist_item_id: None | str | Unset = UNSET
    """ The id of the definition. [GL] """
    value: Any | Unset = UNSET
    """ What was collected. A string in the sample, a string or a number by the checklist page; any JSON value here.
    [GL, CK] """
    status: ChecklistItemStatus | None | str | Unset = UNSET
    """ How far the item is. [GL] """
    alternate_values: list[Any] | None | Unset = UNSET
    """ Other values that were found. The shape of one is not documented. [CK] """
    validation_error: None | str | Unset = UNSET
    """ Why the value is not accepted. [CK] """
    item_override: Any | Unset = UNSET
    """ What this lead overrides in the definition. Null in every sample; its shape is not documented. [GL] """
    checklist_item: ChecklistItemDefinition | None | Unset = UNSET
    """ The definition of the item. [GL] """
    documents: list[Document] | None | Unset = UNSET
    """ The files of a file item, with presigned URLs. That only file items have it is inferred. [GL] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.checklist_item_definition import ChecklistItemDefinition  # noqa: PLC0415

        id = self.id

        checklist_item_id: None | str | Unset
        if isinstance(self.checklist_item_id, Unset):
            checklist_item_id = UNSET
        else:
            checklist_item_id = self.checklist_item_id

        value = self.value

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        elif isinstance(self.status, ChecklistItemStatus):
            status = self.status.value
        else:
            status = self.status

        alternate_values: list[Any] | None | Unset
        if isinstance(self.alternate_values, Unset):
            alternate_values = UNSET
        elif isinstance(self.alternate_values, list):
            alternate_values = self.alternate_values

        else:
            alternate_values = self.alternate_values

        validation_error: None | str | Unset
        if isinstance(self.validation_error, Unset):
            validation_error = UNSET
        else:
            validation_error = self.validation_error

        item_override = self.item_override

        checklist_item: dict[str, Any] | None | Unset
        if isinstance(self.checklist_item, Unset):
            checklist_item = UNSET
        elif isinstance(self.checklist_item, ChecklistItemDefinition):
            checklist_item = self.checklist_item.to_dict()
        else:
            checklist_item = self.checklist_item

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
        if id is not UNSET:
            field_dict["id"] = id
        if checklist_item_id is not UNSET:
            field_dict["checklistItemId"] = checklist_item_id
        if value is not UNSET:
            field_dict["value"] = value
        if status is not UNSET:
            field_dict["status"] = status
        if alternate_values is not UNSET:
            field_dict["alternateValues"] = alternate_values
        if validation_error is not UNSET:
            field_dict["validationError"] = validation_error
        if item_override is not UNSET:
            field_dict["itemOverride"] = item_override
        if checklist_item is not UNSET:
            field_dict["checklistItem"] = checklist_item
        if documents is not UNSET:
            field_dict["documents"] = documents

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.checklist_item_definition import ChecklistItemDefinition  # noqa: PLC0415
        from ..models.document import Document  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        def _parse_checklist_item_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        checklist_item_id = _parse_checklist_item_id(d.pop("checklistItemId", UNSET))

        value = d.pop("value", UNSET)

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

        def _parse_validation_error(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        validation_error = _parse_validation_error(d.pop("validationError", UNSET))

        item_override = d.pop("itemOverride", UNSET)

        def _parse_checklist_item(data: object) -> ChecklistItemDefinition | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                checklist_item_type_0 = ChecklistItemDefinition.from_dict(data)

                return checklist_item_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ChecklistItemDefinition | None | Unset, data)

        checklist_item = _parse_checklist_item(d.pop("checklistItem", UNSET))

        def _parse_documents(data: object) -> list[Document] | None | Unset:
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
                    documents_type_0_item = Document.from_dict(documents_type_0_item_data)

                    documents_type_0.append(documents_type_0_item)

                return documents_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Document] | None | Unset, data)

        documents = _parse_documents(d.pop("documents", UNSET))

        checklist_item = cls(
            id=id,
            checklist_item_id=checklist_item_id,
            value=value,
            status=status,
            alternate_values=alternate_values,
            validation_error=validation_error,
            item_override=item_override,
            checklist_item=checklist_item,
            documents=documents,
        )

        checklist_item.additional_properties = d
        return checklist_item

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
