from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.field_type import FieldType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.item_validation import ItemValidation


T = TypeVar("T", bound="ClassifiedItem")


@_attrs_define
class ClassifiedItem:
    """A checklist item that a file was found to belong to, as events have it. [EX+]"""

    checklist_item_code: None | str | Unset = UNSET
    """ The stable code of the definition. [EX+] """
    field_type: FieldType | None | str | Unset = UNSET
    """ What kind of value or file is asked for. [EX+] """
    label: None | str | Unset = UNSET
    """ What was asked for, in words. [EX+] """
    lead_checklist_item_id: None | str | Unset = UNSET
    """ The id of the lead's entry. [EX+] """
    validation: ItemValidation | None | Unset = UNSET
    """ How the file was judged; null if no rules ran. [EX+] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.item_validation import ItemValidation  # noqa: PLC0415

        checklist_item_code: None | str | Unset
        if isinstance(self.checklist_item_code, Unset):
            checklist_item_code = UNSET
        else:
            checklist_item_code = self.checklist_item_code

        field_type: None | str | Unset
        if isinstance(self.field_type, Unset):
            field_type = UNSET
        elif isinstance(self.field_type, FieldType):
            field_type = self.field_type.value
        else:
            field_type = self.field_type

        label: None | str | Unset
        if isinstance(self.label, Unset):
            label = UNSET
        else:
            label = self.label

        lead_checklist_item_id: None | str | Unset
        if isinstance(self.lead_checklist_item_id, Unset):
            lead_checklist_item_id = UNSET
        else:
            lead_checklist_item_id = self.lead_checklist_item_id

        validation: dict[str, Any] | None | Unset
        if isinstance(self.validation, Unset):
            validation = UNSET
        elif isinstance(self.validation, ItemValidation):
            validation = self.validation.to_dict()
        else:
            validation = self.validation

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if checklist_item_code is not UNSET:
            field_dict["checklistItemCode"] = checklist_item_code
        if field_type is not UNSET:
            field_dict["fieldType"] = field_type
        if label is not UNSET:
            field_dict["label"] = label
        if lead_checklist_item_id is not UNSET:
            field_dict["leadChecklistItemId"] = lead_checklist_item_id
        if validation is not UNSET:
            field_dict["validation"] = validation

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.item_validation import ItemValidation  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_checklist_item_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        checklist_item_code = _parse_checklist_item_code(d.pop("checklistItemCode", UNSET))

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

        def _parse_label(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        label = _parse_label(d.pop("label", UNSET))

        def _parse_lead_checklist_item_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_checklist_item_id = _parse_lead_checklist_item_id(d.pop("leadChecklistItemId", UNSET))

        def _parse_validation(data: object) -> ItemValidation | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                validation_type_0 = ItemValidation.from_dict(data)

                return validation_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ItemValidation | None | Unset, data)

        validation = _parse_validation(d.pop("validation", UNSET))

        classified_item = cls(
            checklist_item_code=checklist_item_code,
            field_type=field_type,
            label=label,
            lead_checklist_item_id=lead_checklist_item_id,
            validation=validation,
        )

        classified_item.additional_properties = d
        return classified_item

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
