from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="MatchedItem")


@_attrs_define
class MatchedItem:
    """A checklist item that a file belongs to. [LD]"""

    lead_checklist_item_id: None | str | Unset = UNSET
    """ The id of the lead's entry. [LD] """
    label: None | str | Unset = UNSET
    """ What was asked for, in words. [LD] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        lead_checklist_item_id: None | str | Unset
        if isinstance(self.lead_checklist_item_id, Unset):
            lead_checklist_item_id = UNSET
        else:
            lead_checklist_item_id = self.lead_checklist_item_id

        label: None | str | Unset
        if isinstance(self.label, Unset):
            label = UNSET
        else:
            label = self.label

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if lead_checklist_item_id is not UNSET:
            field_dict["leadChecklistItemId"] = lead_checklist_item_id
        if label is not UNSET:
            field_dict["label"] = label

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_lead_checklist_item_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_checklist_item_id = _parse_lead_checklist_item_id(d.pop("leadChecklistItemId", UNSET))

        def _parse_label(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        label = _parse_label(d.pop("label", UNSET))

        matched_item = cls(
            lead_checklist_item_id=lead_checklist_item_id,
            label=label,
        )

        matched_item.additional_properties = d
        return matched_item

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
