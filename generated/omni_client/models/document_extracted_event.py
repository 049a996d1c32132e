from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.classification import Classification
    from ..models.extraction_result import ExtractionResult


T = TypeVar("T", bound="DocumentExtractedEvent")


@_attrs_define
class DocumentExtractedEvent:
    """The processing of a file ended. [EX]"""

    event: None | str | Unset = UNSET
    """ The name of the event. [EX] """
    lead_id: None | str | Unset = UNSET
    """ The Omni lead id. [EX] """
    external_lead_id: None | str | Unset = UNSET
    """ The id of the lead in your own system, if you gave one. Came later. [EX+] """
    document_id: None | str | Unset = UNSET
    """ The document's id. [EX] """
    external_id: None | str | Unset = UNSET
    """ The id of the document in your own system. Came later. [EX+] """
    status: None | str | Unset = UNSET
    """ Whether the processing ended, `completed`, or broke, `failed`; one sample has it in upper case. Where it
    broke, no key for the reason is documented. [EX] """
    parent_action_id: None | str | Unset = UNSET
    """ The id of the action that processed the file. [EX] """
    summary: None | str | Unset = UNSET
    """ The file in one or two sentences. Came later. [EX+] """
    type_: None | str | Unset = UNSET
    """ What kind of document it is, in free words. Came later. [EX+] """
    classification: Classification | None | Unset = UNSET
    """ The checklist items that the file was found to belong to. Came later. [EX+] """
    extraction_result: ExtractionResult | None | Unset = UNSET
    """ What was read from the file; empty if a matched item is invalid. [EX] """
    occurred_at: datetime.datetime | None | Unset = UNSET
    """ When it happened. Listed in the oldest copy, in no sample. [EX-0] """
    workspace_id: None | str | Unset = UNSET
    """ The workspace that owns it. [EX] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.classification import Classification  # noqa: PLC0415
        from ..models.extraction_result import ExtractionResult  # noqa: PLC0415

        event: None | str | Unset
        if isinstance(self.event, Unset):
            event = UNSET
        else:
            event = self.event

        lead_id: None | str | Unset
        if isinstance(self.lead_id, Unset):
            lead_id = UNSET
        else:
            lead_id = self.lead_id

        external_lead_id: None | str | Unset
        if isinstance(self.external_lead_id, Unset):
            external_lead_id = UNSET
        else:
            external_lead_id = self.external_lead_id

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

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        else:
            status = self.status

        parent_action_id: None | str | Unset
        if isinstance(self.parent_action_id, Unset):
            parent_action_id = UNSET
        else:
            parent_action_id = self.parent_action_id

        summary: None | str | Unset
        if isinstance(self.summary, Unset):
            summary = UNSET
        else:
            summary = self.summary

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        else:
            type_ = self.type_

        classification: dict[str, Any] | None | Unset
        if isinstance(self.classification, Unset):
            classification = UNSET
        elif isinstance(self.classification, Classification):
            classification = self.classification.to_dict()
        else:
            classification = self.classification

        extraction_result: dict[str, Any] | None | Unset
        if isinstance(self.extraction_result, Unset):
            extraction_result = UNSET
        elif isinstance(self.extraction_result, ExtractionResult):
            extraction_result = self.extraction_result.to_dict()
        else:
            extraction_result = self.extraction_result

        occurred_at: None | str | Unset
        if isinstance(self.occurred_at, Unset):
            occurred_at = UNSET
        elif isinstance(self.occurred_at, datetime.datetime):
            occurred_at = self.occurred_at.isoformat()
        else:
            occurred_at = self.occurred_at

        workspace_id: None | str | Unset
        if isinstance(self.workspace_id, Unset):
            workspace_id = UNSET
        else:
            workspace_id = self.workspace_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if event is not UNSET:
            field_dict["event"] = event
        if lead_id is not UNSET:
            field_dict["leadId"] = lead_id
        if external_lead_id is not UNSET:
            field_dict["externalLeadId"] = external_lead_id
        if document_id is not UNSET:
            field_dict["documentId"] = document_id
        if external_id is not UNSET:
            field_dict["externalId"] = external_id
        if status is not UNSET:
            field_dict["status"] = status
        if parent_action_id is not UNSET:
            field_dict["parentActionId"] = parent_action_id
        if summary is not UNSET:
            field_dict["summary"] = summary
        if type_ is not UNSET:
            field_dict["type"] = type_
        if classification is not UNSET:
            field_dict["classification"] = classification
        if extraction_result is not UNSET:
            field_dict["extractionResult"] = extraction_result
        if occurred_at is not UNSET:
            field_dict["occurredAt"] = occurred_at
        if workspace_id is not UNSET:
            field_dict["workspaceId"] = workspace_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.classification import Classification  # noqa: PLC0415
        from ..models.extraction_result import ExtractionResult  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_event(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        event = _parse_event(d.pop("event", UNSET))

        def _parse_lead_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_id = _parse_lead_id(d.pop("leadId", UNSET))

        def _parse_external_lead_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        external_lead_id = _parse_external_lead_id(d.pop("externalLeadId", UNSET))

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

        def _parse_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_parent_action_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        parent_action_id = _parse_parent_action_id(d.pop("parentActionId", UNSET))

        def _parse_summary(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        summary = _parse_summary(d.pop("summary", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_classification(data: object) -> Classification | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                classification_type_0 = Classification.from_dict(data)

                return classification_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Classification | None | Unset, data)

        classification = _parse_classification(d.pop("classification", UNSET))

        def _parse_extraction_result(data: object) -> ExtractionResult | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                extraction_result_type_0 = ExtractionResult.from_dict(data)

                return extraction_result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ExtractionResult | None | Unset, data)

        extraction_result = _parse_extraction_result(d.pop("extractionResult", UNSET))

        def _parse_occurred_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                occurred_at_type_0 = datetime.datetime.fromisoformat(data)

                return occurred_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        occurred_at = _parse_occurred_at(d.pop("occurredAt", UNSET))

        def _parse_workspace_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        workspace_id = _parse_workspace_id(d.pop("workspaceId", UNSET))

        document_extracted_event = cls(
            event=event,
            lead_id=lead_id,
            external_lead_id=external_lead_id,
            document_id=document_id,
            external_id=external_id,
            status=status,
            parent_action_id=parent_action_id,
            summary=summary,
            type_=type_,
            classification=classification,
            extraction_result=extraction_result,
            occurred_at=occurred_at,
            workspace_id=workspace_id,
        )

        document_extracted_event.additional_properties = d
        return document_extracted_event

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
