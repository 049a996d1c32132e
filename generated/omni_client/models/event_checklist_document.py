from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_validation_result import EventValidationResult


T = TypeVar("T", bound="EventChecklistDocument")


@_attrs_define
class EventChecklistDocument:
    """A file of a checklist item, as events have it. Where the workspace stores files in an S3 bucket of its own, bucket
    and key come too, under names that are not documented. [LX]

    """

    document_id: None | str | Unset = UNSET
    """ The document's id. [LX] """
    external_id: None | str | Unset = UNSET
    """ The id of the document in your own system. [LX] """
    filename: None | str | Unset = UNSET
    """ The name of the file. Chosen by whoever sent it, so never a safe path. [LX] """
    mime_type: None | str | Unset = UNSET
    """ Media type of the file. [LX] """
    size: int | None | Unset = UNSET
    """ Size in bytes. [LX] """
    validation_result: EventValidationResult | None | Unset = UNSET
    """ How the file was judged, only if rules are configured. [LX] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.event_validation_result import EventValidationResult  # noqa: PLC0415

        document_id: None | str | Unset
        if isinstance(self.document_id, Unset):
            document_id = UNSET
        else:
            document_id = self.document_id

        external_id: None | str | Unset
        if isinstance(self.external_id, Unset):
            external_id = UNSET
        else:
            external_id = self.external_id

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

        validation_result: dict[str, Any] | None | Unset
        if isinstance(self.validation_result, Unset):
            validation_result = UNSET
        elif isinstance(self.validation_result, EventValidationResult):
            validation_result = self.validation_result.to_dict()
        else:
            validation_result = self.validation_result

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if document_id is not UNSET:
            field_dict["documentId"] = document_id
        if external_id is not UNSET:
            field_dict["externalId"] = external_id
        if filename is not UNSET:
            field_dict["filename"] = filename
        if mime_type is not UNSET:
            field_dict["mimeType"] = mime_type
        if size is not UNSET:
            field_dict["size"] = size
        if validation_result is not UNSET:
            field_dict["validationResult"] = validation_result

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event_validation_result import EventValidationResult  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_document_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        document_id = _parse_document_id(d.pop("documentId", UNSET))

        def _parse_external_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        external_id = _parse_external_id(d.pop("externalId", UNSET))

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

        def _parse_validation_result(data: object) -> EventValidationResult | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                validation_result_type_0 = EventValidationResult.from_dict(data)

                return validation_result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(EventValidationResult | None | Unset, data)

        validation_result = _parse_validation_result(d.pop("validationResult", UNSET))

        event_checklist_document = cls(
            document_id=document_id,
            external_id=external_id,
            filename=filename,
            mime_type=mime_type,
            size=size,
            validation_result=validation_result,
        )

        event_checklist_document.additional_properties = d
        return event_checklist_document

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
