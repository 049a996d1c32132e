from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.document_metadata import DocumentMetadata
    from ..models.document_validation import DocumentValidation


T = TypeVar("T", bound="Document")


@_attrs_define
class Document:
    """An uploaded file. Get Lead does not give the element's shape; the keys are from the pages on documents and on action
    logs. [LD, GD, AL]

    """

    id: str | Unset = UNSET
    """ The document's id. [LD] """
    filename: None | str | Unset = UNSET
    """ The name of the file. Chosen by whoever sent it, so never a safe path. [LD] """
    mime_type: None | str | Unset = UNSET
    """ Media type of the file. [LD] """
    size: int | None | Unset = UNSET
    """ Size in bytes. [LD] """
    signed_url: None | str | Unset = UNSET
    """ Presigned download link. Works without the key, for one hour. [LD] """
    lead_id: None | str | Unset = UNSET
    """ The lead it belongs to. In Get Document only. [GD] """
    workspace_id: None | str | Unset = UNSET
    """ The workspace that owns it. In Get Document only. [GD] """
    content: None | str | Unset = UNSET
    """ The file in base64. In Get Document only, and not in its sample, so presumably only when asked for. [GD] """
    created_at: datetime.datetime | None | Unset = UNSET
    """ When the file was uploaded. In Get Document, and in the older copy of the documents page. [GD, LD-0] """
    updated_at: datetime.datetime | None | Unset = UNSET
    """ When the document last changed. In Get Document only. [GD] """
    metadata: DocumentMetadata | None | Unset = UNSET
    """ What extraction found; its keys changed over time. [LD, LD-0] """
    lead_checklist_item_document: list[DocumentValidation] | None | Unset = UNSET
    """ How the file was judged for each checklist item it belongs to; an array, despite its name. [LD] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.document_metadata import DocumentMetadata  # noqa: PLC0415

        id = self.id

        filename: None | str | Unset
        if isinstance(self.filename, Unset):
            filename = UNSET
        else:
            filename = self.filename

        mime_type: None | str | Unset
        if isinstance(self.mime_type, Unset):
            mime_type = UNSET
        else:
            mime_type = self.mime_type

        size: int | None | Unset
        if isinstance(self.size, Unset):
            size = UNSET
        else:
            size = self.size

        signed_url: None | str | Unset
        if isinstance(self.signed_url, Unset):
            signed_url = UNSET
        else:
            signed_url = self.signed_url

        lead_id: None | str | Unset
        if isinstance(self.lead_id, Unset):
            lead_id = UNSET
        else:
            lead_id = self.lead_id

        workspace_id: None | str | Unset
        if isinstance(self.workspace_id, Unset):
            workspace_id = UNSET
        else:
            workspace_id = self.workspace_id

        content: None | str | Unset
        if isinstance(self.content, Unset):
            content = UNSET
        else:
            content = self.content

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        elif isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

        metadata: dict[str, Any] | None | Unset
        if isinstance(self.metadata, Unset):
            metadata = UNSET
        elif isinstance(self.metadata, DocumentMetadata):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        lead_checklist_item_document: list[dict[str, Any]] | None | Unset
        if isinstance(self.lead_checklist_item_document, Unset):
            lead_checklist_item_document = UNSET
        elif isinstance(self.lead_checklist_item_document, list):
            lead_checklist_item_document = []
            for lead_checklist_item_document_type_0_item_data in self.lead_checklist_item_document:
                lead_checklist_item_document_type_0_item = lead_checklist_item_document_type_0_item_data.to_dict()
                lead_checklist_item_document.append(lead_checklist_item_document_type_0_item)

        else:
            lead_checklist_item_document = self.lead_checklist_item_document

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if filename is not UNSET:
            field_dict["filename"] = filename
        if mime_type is not UNSET:
            field_dict["mimeType"] = mime_type
        if size is not UNSET:
            field_dict["size"] = size
        if signed_url is not UNSET:
            field_dict["signedUrl"] = signed_url
        if lead_id is not UNSET:
            field_dict["leadId"] = lead_id
        if workspace_id is not UNSET:
            field_dict["workspaceId"] = workspace_id
        if content is not UNSET:
            field_dict["content"] = content
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if lead_checklist_item_document is not UNSET:
            field_dict["leadChecklistItemDocument"] = lead_checklist_item_document

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.document_metadata import DocumentMetadata  # noqa: PLC0415
        from ..models.document_validation import DocumentValidation  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        def _parse_filename(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        filename = _parse_filename(d.pop("filename", UNSET))

        def _parse_mime_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        mime_type = _parse_mime_type(d.pop("mimeType", UNSET))

        def _parse_size(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        size = _parse_size(d.pop("size", UNSET))

        def _parse_signed_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        signed_url = _parse_signed_url(d.pop("signedUrl", UNSET))

        def _parse_lead_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_id = _parse_lead_id(d.pop("leadId", UNSET))

        def _parse_workspace_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        workspace_id = _parse_workspace_id(d.pop("workspaceId", UNSET))

        def _parse_content(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        content = _parse_content(d.pop("content", UNSET))

        def _parse_created_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                created_at_type_0 = datetime.datetime.fromisoformat(data)

                return created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        created_at = _parse_created_at(d.pop("createdAt", UNSET))

        def _parse_updated_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                updated_at_type_0 = datetime.datetime.fromisoformat(data)

                return updated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        updated_at = _parse_updated_at(d.pop("updatedAt", UNSET))

        def _parse_metadata(data: object) -> DocumentMetadata | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_type_0 = DocumentMetadata.from_dict(data)

                return metadata_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DocumentMetadata | None | Unset, data)

        metadata = _parse_metadata(d.pop("metadata", UNSET))

        def _parse_lead_checklist_item_document(data: object) -> list[DocumentValidation] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                lead_checklist_item_document_type_0 = []
                _lead_checklist_item_document_type_0 = data
                for lead_checklist_item_document_type_0_item_data in _lead_checklist_item_document_type_0:
                    lead_checklist_item_document_type_0_item = DocumentValidation.from_dict(
                        lead_checklist_item_document_type_0_item_data
                    )

                    lead_checklist_item_document_type_0.append(lead_checklist_item_document_type_0_item)

                return lead_checklist_item_document_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[DocumentValidation] | None | Unset, data)

        lead_checklist_item_document = _parse_lead_checklist_item_document(d.pop("leadChecklistItemDocument", UNSET))

        document = cls(
            id=id,
            filename=filename,
            mime_type=mime_type,
            size=size,
            signed_url=signed_url,
            lead_id=lead_id,
            workspace_id=workspace_id,
            content=content,
            created_at=created_at,
            updated_at=updated_at,
            metadata=metadata,
            lead_checklist_item_document=lead_checklist_item_document,
        )

        document.additional_properties = d
        return document

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
