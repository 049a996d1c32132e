from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.matched_item import MatchedItem


T = TypeVar("T", bound="DocumentMetadata")


@_attrs_define
class DocumentMetadata:
    """What extraction found in a file. [LD, LD-0]"""

    extraction_status: None | str | Unset = UNSET
    """ How far extraction is; `completed` is the only word seen. [LD] """
    matched_checklist_items: list[MatchedItem] | None | Unset = UNSET
    """ The checklist items that the file was found to belong to. [LD] """
    document_type: None | str | Unset = UNSET
    """ What kind of document it is, in words. In the older copy of the page only. [LD-0] """
    last_processed: datetime.datetime | None | Unset = UNSET
    """ When it was last looked at. In the older copy of the page only. [LD-0] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        extraction_status: None | str | Unset
        if isinstance(self.extraction_status, Unset):
            extraction_status = UNSET
        else:
            extraction_status = self.extraction_status

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

        document_type: None | str | Unset
        if isinstance(self.document_type, Unset):
            document_type = UNSET
        else:
            document_type = self.document_type

        last_processed: None | str | Unset
        if isinstance(self.last_processed, Unset):
            last_processed = UNSET
        elif isinstance(self.last_processed, datetime.datetime):
            last_processed = self.last_processed.isoformat()
        else:
            last_processed = self.last_processed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if extraction_status is not UNSET:
            field_dict["extractionStatus"] = extraction_status
        if matched_checklist_items is not UNSET:
            field_dict["Matched checklist items"] = matched_checklist_items
        if document_type is not UNSET:
            field_dict["documentType"] = document_type
        if last_processed is not UNSET:
            field_dict["lastProcessed"] = last_processed

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.matched_item import MatchedItem  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_extraction_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        extraction_status = _parse_extraction_status(d.pop("extractionStatus", UNSET))

        def _parse_matched_checklist_items(data: object) -> list[MatchedItem] | None | Unset:
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
                    matched_checklist_items_type_0_item = MatchedItem.from_dict(
                        matched_checklist_items_type_0_item_data
                    )

                    matched_checklist_items_type_0.append(matched_checklist_items_type_0_item)

                return matched_checklist_items_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[MatchedItem] | None | Unset, data)

        matched_checklist_items = _parse_matched_checklist_items(d.pop("Matched checklist items", UNSET))

        def _parse_document_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        document_type = _parse_document_type(d.pop("documentType", UNSET))

        def _parse_last_processed(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_processed_type_0 = datetime.datetime.fromisoformat(data)

                return last_processed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        last_processed = _parse_last_processed(d.pop("lastProcessed", UNSET))

        document_metadata = cls(
            extraction_status=extraction_status,
            matched_checklist_items=matched_checklist_items,
            document_type=document_type,
            last_processed=last_processed,
        )

        document_metadata.additional_properties = d
        return document_metadata

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
