from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.checklist_item_status import ChecklistItemStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="ChecklistValue")


@_attrs_define
class ChecklistValue:
    """A checklist item to fill in. What an unknown code does is not documented. [CL]"""

    code: str
    """ The stable code of the item, from the workspace. [CL] """
    value: Any | Unset = UNSET
    """ The value, of any type; how it is typed for each field type is not documented. [CL] """
    status: ChecklistItemStatus | Unset = UNSET
    """ How far a checklist item is. Open, new words may appear. [CL+] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        value = self.value

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
            }
        )
        if value is not UNSET:
            field_dict["value"] = value
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        value = d.pop("value", UNSET)

        _status = d.pop("status", UNSET)
        status: ChecklistItemStatus | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = ChecklistItemStatus(_status)

        checklist_value = cls(
            code=code,
            value=value,
            status=status,
        )

        checklist_value.additional_properties = d
        return checklist_value

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
