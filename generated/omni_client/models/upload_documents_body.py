from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types
from ..types import UNSET, File, Unset

T = TypeVar("T", bound="UploadDocumentsBody")


@_attrs_define
class UploadDocumentsBody:
    """Files for one lead. [UD]"""

    lead_id: str
    """ The lead; it must be in the key's workspace. [UD] """
    files: list[File]
    """ One to ten files of at most 100 MB each. [UD] """
    lead_checklist_item_id: str | Unset = UNSET
    """ The id of the lead's entry that all these files are for. [UD] """
    metadata: str | Unset = UNSET
    """ JSON text of an array of `{externalId?, name?}`, one element a file, in the same order; `name` replaces the
    file's name. [UD] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        lead_id = self.lead_id

        files = []
        for files_item_data in self.files:
            files_item = files_item_data.to_tuple()

            files.append(files_item)

        lead_checklist_item_id = self.lead_checklist_item_id

        metadata = self.metadata

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "leadId": lead_id,
                "files": files,
            }
        )
        if lead_checklist_item_id is not UNSET:
            field_dict["leadChecklistItemId"] = lead_checklist_item_id
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("leadId", (None, str(self.lead_id).encode(), "text/plain")))

        for files_item_element in self.files:
            files.append(("files", files_item_element.to_tuple()))

        if not isinstance(self.lead_checklist_item_id, Unset):
            files.append(("leadChecklistItemId", (None, str(self.lead_checklist_item_id).encode(), "text/plain")))

        if not isinstance(self.metadata, Unset):
            files.append(("metadata", (None, str(self.metadata).encode(), "text/plain")))

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, (None, str(prop).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        lead_id = d.pop("leadId")

        files = []
        _files = d.pop("files")
        for files_item_data in _files:
            files_item = File(payload=BytesIO(files_item_data))

            files.append(files_item)

        lead_checklist_item_id = d.pop("leadChecklistItemId", UNSET)

        metadata = d.pop("metadata", UNSET)

        upload_documents_body = cls(
            lead_id=lead_id,
            files=files,
            lead_checklist_item_id=lead_checklist_item_id,
            metadata=metadata,
        )

        upload_documents_body.additional_properties = d
        return upload_documents_body

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
