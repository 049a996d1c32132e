from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.one_off_item import OneOffItem


T = TypeVar("T", bound="ChecklistItemCreated")


@_attrs_define
class ChecklistItemCreated:
    """The answer to a one-off item. [CI]"""

    success: bool | None | Unset = UNSET
    """ Whether it worked. When it is false is not documented. [CI] """
    checklist_item: None | OneOffItem | Unset = UNSET
    """ The item. [CI] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.one_off_item import OneOffItem  # noqa: PLC0415

        success: bool | None | Unset
        if isinstance(self.success, Unset):
            success = UNSET
        else:
            success = self.success

        checklist_item: dict[str, Any] | None | Unset
        if isinstance(self.checklist_item, Unset):
            checklist_item = UNSET
        elif isinstance(self.checklist_item, OneOffItem):
            checklist_item = self.checklist_item.to_dict()
        else:
            checklist_item = self.checklist_item

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if success is not UNSET:
            field_dict["success"] = success
        if checklist_item is not UNSET:
            field_dict["checklistItem"] = checklist_item

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.one_off_item import OneOffItem  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_success(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        success = _parse_success(d.pop("success", UNSET))

        def _parse_checklist_item(data: object) -> None | OneOffItem | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                checklist_item_type_0 = OneOffItem.from_dict(data)

                return checklist_item_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OneOffItem | Unset, data)

        checklist_item = _parse_checklist_item(d.pop("checklistItem", UNSET))

        checklist_item_created = cls(
            success=success,
            checklist_item=checklist_item,
        )

        checklist_item_created.additional_properties = d
        return checklist_item_created

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
