from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.extracted_value import ExtractedValue


T = TypeVar("T", bound="ExtractionResult")


@_attrs_define
class ExtractionResult:
    """What was read from a file. [EX]"""

    items: list[ExtractedValue] | None | Unset = UNSET
    """ The values, one by one. [EX] """
    extracted_count: int | None | Unset = UNSET
    """ How many. [EX] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        items: list[dict[str, Any]] | None | Unset
        if isinstance(self.items, Unset):
            items = UNSET
        elif isinstance(self.items, list):
            items = []
            for items_type_0_item_data in self.items:
                items_type_0_item = items_type_0_item_data.to_dict()
                items.append(items_type_0_item)

        else:
            items = self.items

        extracted_count: int | None | Unset
        if isinstance(self.extracted_count, Unset):
            extracted_count = UNSET
        else:
            extracted_count = self.extracted_count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if items is not UNSET:
            field_dict["items"] = items
        if extracted_count is not UNSET:
            field_dict["extractedCount"] = extracted_count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.extracted_value import ExtractedValue  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_items(data: object) -> list[ExtractedValue] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                items_type_0 = []
                _items_type_0 = data
                for items_type_0_item_data in _items_type_0:
                    items_type_0_item = ExtractedValue.from_dict(items_type_0_item_data)

                    items_type_0.append(items_type_0_item)

                return items_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ExtractedValue] | None | Unset, data)

        items = _parse_items(d.pop("items", UNSET))

        def _parse_extracted_count(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        extracted_count = _parse_extracted_count(d.pop("extractedCount", UNSET))

        extraction_result = cls(
            items=items,
            extracted_count=extracted_count,
        )

        extraction_result.additional_properties = d
        return extraction_result

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
