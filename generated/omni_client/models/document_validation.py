from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.validation_result import ValidationResult


T = TypeVar("T", bound="DocumentValidation")


@_attrs_define
class DocumentValidation:
    """How a file was judged for one checklist item. [LD]"""

    id: str | Unset = UNSET
    """ The id of the judgement. [LD] """
    lead_checklist_item_id: None | str | Unset = UNSET
    """ The id of the lead's entry. [LD] """
    document_id: None | str | Unset = UNSET
    """ The document's id. [LD] """
    overall_valid: bool | None | Unset = UNSET
    """ Whether it is accepted. [LD] """
    validation_result: None | Unset | ValidationResult = UNSET
    """ The rules, one by one. [LD] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.validation_result import ValidationResult  # noqa: PLC0415

        id = self.id

        lead_checklist_item_id: None | str | Unset
        if isinstance(self.lead_checklist_item_id, Unset):
            lead_checklist_item_id = UNSET
        else:
            lead_checklist_item_id = self.lead_checklist_item_id

        document_id: None | str | Unset
        if isinstance(self.document_id, Unset):
            document_id = UNSET
        else:
            document_id = self.document_id

        overall_valid: bool | None | Unset
        if isinstance(self.overall_valid, Unset):
            overall_valid = UNSET
        else:
            overall_valid = self.overall_valid

        validation_result: dict[str, Any] | None | Unset
        if isinstance(self.validation_result, Unset):
            validation_result = UNSET
        elif isinstance(self.validation_result, ValidationResult):
            validation_result = self.validation_result.to_dict()
        else:
            validation_result = self.validation_result

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if lead_checklist_item_id is not UNSET:
            field_dict["leadChecklistItemId"] = lead_checklist_item_id
        if document_id is not UNSET:
            field_dict["documentId"] = document_id
        if overall_valid is not UNSET:
            field_dict["overallValid"] = overall_valid
        if validation_result is not UNSET:
            field_dict["validationResult"] = validation_result

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.validation_result import ValidationResult  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        def _parse_lead_checklist_item_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_checklist_item_id = _parse_lead_checklist_item_id(d.pop("leadChecklistItemId", UNSET))

        def _parse_document_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        document_id = _parse_document_id(d.pop("documentId", UNSET))

        def _parse_overall_valid(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        overall_valid = _parse_overall_valid(d.pop("overallValid", UNSET))

        def _parse_validation_result(data: object) -> None | Unset | ValidationResult:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                validation_result_type_0 = ValidationResult.from_dict(data)

                return validation_result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | ValidationResult, data)

        validation_result = _parse_validation_result(d.pop("validationResult", UNSET))

        document_validation = cls(
            id=id,
            lead_checklist_item_id=lead_checklist_item_id,
            document_id=document_id,
            overall_valid=overall_valid,
            validation_result=validation_result,
        )

        document_validation.additional_properties = d
        return document_validation

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
