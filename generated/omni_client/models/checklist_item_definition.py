from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.field_type import FieldType
from ..types import UNSET, Unset

T = TypeVar("T", bound="ChecklistItemDefinition")


@_attrs_define
class ChecklistItemDefinition:
    """What is asked for. The page ends its list of fields with "etc."; help text and client instructions exist, under keys
    that are not documented. [GL, CK]

    """

    id: str | Unset = UNSET
    """ The id of the definition. [GL] """
    code: None | str | Unset = UNSET
    """ The stable code that create and update address the item by. [GL, CL] """
    label: None | str | Unset = UNSET
    """ What the applicant is asked for, in words. [GL] """
    field_type: FieldType | None | str | Unset = UNSET
    """ What kind of value or file is asked for. [GL] """
    is_required: bool | None | Unset = UNSET
    """ Whether it is required; what that means for the lead's status is not documented. [GL] """
    conditions: Any | Unset = UNSET
    """ When the item applies. Null in every sample; its shape is not documented. [GL] """
    validation_rules: Any | Unset = UNSET
    """ Rules that uploaded files are judged by, in natural language. The shape is not documented. [GL, CI] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        code: None | str | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        label: None | str | Unset
        if isinstance(self.label, Unset):
            label = UNSET
        else:
            label = self.label

        field_type: None | str | Unset
        if isinstance(self.field_type, Unset):
            field_type = UNSET
        elif isinstance(self.field_type, FieldType):
            field_type = self.field_type.value
        else:
            field_type = self.field_type

        is_required: bool | None | Unset
        if isinstance(self.is_required, Unset):
            is_required = UNSET
        else:
            is_required = self.is_required

        conditions = self.conditions

        validation_rules = self.validation_rules

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if code is not UNSET:
            field_dict["code"] = code
        if label is not UNSET:
            field_dict["label"] = label
        if field_type is not UNSET:
            field_dict["fieldType"] = field_type
        if is_required is not UNSET:
            field_dict["isRequired"] = is_required
        if conditions is not UNSET:
            field_dict["conditions"] = conditions
        if validation_rules is not UNSET:
            field_dict["validationRules"] = validation_rules

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id", UNSET)

        def _parse_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        code = _parse_code(d.pop("code", UNSET))

        def _parse_label(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        label = _parse_label(d.pop("label", UNSET))

        def _parse_field_type(data: object) -> FieldType | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                field_type_type_0 = FieldType(data)

                return field_type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FieldType | None | str | Unset, data)

        field_type = _parse_field_type(d.pop("fieldType", UNSET))

        def _parse_is_required(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        is_required = _parse_is_required(d.pop("isRequired", UNSET))

        conditions = d.pop("conditions", UNSET)

        validation_rules = d.pop("validationRules", UNSET)

        checklist_item_definition = cls(
            id=id,
            code=code,
            label=label,
            field_type=field_type,
            is_required=is_required,
            conditions=conditions,
            validation_rules=validation_rules,
        )

        checklist_item_definition.additional_properties = d
        return checklist_item_definition

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
