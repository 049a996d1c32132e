from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.rule_verdict import RuleVerdict


T = TypeVar("T", bound="EventValidationResult")


@_attrs_define
class EventValidationResult:
    """What the rules said of a file, as lead events have it. [LX]"""

    document_id: None | str | Unset = UNSET
    """ The document's id. [LX] """
    overall_valid: bool | None | Unset = UNSET
    """ Whether it is accepted. [LX] """
    other_notes: None | str | Unset = UNSET
    """ Remarks; null in the sample. [LX] """
    validation_results: list[RuleVerdict] | None | Unset = UNSET
    """ One verdict a rule. [LX] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
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

        other_notes: None | str | Unset
        if isinstance(self.other_notes, Unset):
            other_notes = UNSET
        else:
            other_notes = self.other_notes

        validation_results: list[dict[str, Any]] | None | Unset
        if isinstance(self.validation_results, Unset):
            validation_results = UNSET
        elif isinstance(self.validation_results, list):
            validation_results = []
            for validation_results_type_0_item_data in self.validation_results:
                validation_results_type_0_item = validation_results_type_0_item_data.to_dict()
                validation_results.append(validation_results_type_0_item)

        else:
            validation_results = self.validation_results

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if document_id is not UNSET:
            field_dict["documentId"] = document_id
        if overall_valid is not UNSET:
            field_dict["overallValid"] = overall_valid
        if other_notes is not UNSET:
            field_dict["otherNotes"] = other_notes
        if validation_results is not UNSET:
            field_dict["validationResults"] = validation_results

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.rule_verdict import RuleVerdict  # noqa: PLC0415

        d = dict(src_dict)

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

        def _parse_other_notes(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        other_notes = _parse_other_notes(d.pop("otherNotes", UNSET))

        def _parse_validation_results(data: object) -> list[RuleVerdict] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                validation_results_type_0 = []
                _validation_results_type_0 = data
                for validation_results_type_0_item_data in _validation_results_type_0:
                    validation_results_type_0_item = RuleVerdict.from_dict(validation_results_type_0_item_data)

                    validation_results_type_0.append(validation_results_type_0_item)

                return validation_results_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[RuleVerdict] | None | Unset, data)

        validation_results = _parse_validation_results(d.pop("validationResults", UNSET))

        event_validation_result = cls(
            document_id=document_id,
            overall_valid=overall_valid,
            other_notes=other_notes,
            validation_results=validation_results,
        )

        event_validation_result.additional_properties = d
        return event_validation_result

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
