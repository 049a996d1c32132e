from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ExtractedValue")


@_attrs_define
class ExtractedValue:
    """One value that was read from a file. [EX]"""

    label: None | str | Unset = UNSET
    """ What it is, in words. [EX] """
    value: Any | Unset = UNSET
    """ The value; a string in the samples. [EX] """
    lead_checklist_item_id: None | str | Unset = UNSET
    """ The id of the lead's entry. [EX] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        label: None | str | Unset
        if isinstance(self.label, Unset):
            label = UNSET
        else:
            label = self.label

        value = self.value

        lead_checklist_item_id: None | str | Unset
        if isinstance(self.lead_checklist_item_id, Unset):
            lead_checklist_item_id = UNSET
        else:
            lead_checklist_item_id = self.lead_checklist_item_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if label is not UNSET:
            field_dict["label"] = label
        if value is not UNSET:
            field_dict["value"] = value
        if lead_checklist_item_id is not UNSET:
            field_dict["leadChecklistItemId"] = lead_checklist_item_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_label(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        label = _parse_label(d.pop("label", UNSET))

        value = d.pop("value", UNSET)

        def _parse_lead_checklist_item_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_checklist_item_id = _parse_lead_checklist_item_id(d.pop("leadChecklistItemId", UNSET))

        extracted_value = cls(
            label=label,
            value=value,
            lead_checklist_item_id=lead_checklist_item_id,
        )

        extracted_value.additional_properties = d
        return extracted_value

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
