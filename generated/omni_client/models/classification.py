from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.classified_item import ClassifiedItem


T = TypeVar("T", bound="Classification")


@_attrs_define
class Classification:
    """The checklist items that a file was found to belong to. [EX+]"""

    no_matched_item_reason: None | str | Unset = UNSET
    """ Why none matched, in natural language. [EX+] """
    matched_checklist_items: list[ClassifiedItem] | None | Unset = UNSET
    """ The items; empty if none matched. [EX+] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        no_matched_item_reason: None | str | Unset
        if isinstance(self.no_matched_item_reason, Unset):
            no_matched_item_reason = UNSET
        else:
            no_matched_item_reason = self.no_matched_item_reason

        matched_checklist_items: list[dict[str, Any]] | None | Unset
        if isinstance(self.matched_checklist_items, Unset):
            matched_checklist_items = UNSET
        elif isinstance(self.matched_checklist_items, list):
            matched_checklist_items = []
            for matched_checklist_items_type_0_item_data in self.matched_checklist_items:
                matched_checklist_items_type_0_item = matched_checklist_items_type_0_item_data.to_dict()
                matched_checklist_items.append(matched_checklist_items_type_0_item)

        else:
            matched_checklist_items = self.matched_checklist_items

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if no_matched_item_reason is not UNSET:
            field_dict["noMatchedItemReason"] = no_matched_item_reason
        if matched_checklist_items is not UNSET:
            field_dict["matchedChecklistItems"] = matched_checklist_items

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.classified_item import ClassifiedItem  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_no_matched_item_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        no_matched_item_reason = _parse_no_matched_item_reason(d.pop("noMatchedItemReason", UNSET))

        def _parse_matched_checklist_items(data: object) -> list[ClassifiedItem] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                matched_checklist_items_type_0 = []
                _matched_checklist_items_type_0 = data
                for matched_checklist_items_type_0_item_data in _matched_checklist_items_type_0:
                    matched_checklist_items_type_0_item = ClassifiedItem.from_dict(
                        matched_checklist_items_type_0_item_data
                    )

                    matched_checklist_items_type_0.append(matched_checklist_items_type_0_item)

                return matched_checklist_items_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ClassifiedItem] | None | Unset, data)

        matched_checklist_items = _parse_matched_checklist_items(d.pop("matchedChecklistItems", UNSET))

        classification = cls(
            no_matched_item_reason=no_matched_item_reason,
            matched_checklist_items=matched_checklist_items,
        )

        classification.additional_properties = d
        return classification

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
