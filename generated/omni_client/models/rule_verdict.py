from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RuleVerdict")


@_attrs_define
class RuleVerdict:
    """What one rule said of a file. [LD]"""

    is_valid: bool | None | Unset = UNSET
    """ Whether the rule is kept. [LD] """
    rule_name: None | str | Unset = UNSET
    """ The rule, in natural language. [LD] """
    is_valid_reason: None | str | Unset = UNSET
    """ Why, in natural language. [LD] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        is_valid: bool | None | Unset
        if isinstance(self.is_valid, Unset):
            is_valid = UNSET
        else:
            is_valid = self.is_valid

        rule_name: None | str | Unset
        if isinstance(self.rule_name, Unset):
            rule_name = UNSET
        else:
            rule_name = self.rule_name

        is_valid_reason: None | str | Unset
        if isinstance(self.is_valid_reason, Unset):
            is_valid_reason = UNSET
        else:
            is_valid_reason = self.is_valid_reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if is_valid is not UNSET:
            field_dict["isValid"] = is_valid
        if rule_name is not UNSET:
            field_dict["ruleName"] = rule_name
        if is_valid_reason is not UNSET:
            field_dict["isValidReason"] = is_valid_reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_is_valid(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        is_valid = _parse_is_valid(d.pop("isValid", UNSET))

        def _parse_rule_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        rule_name = _parse_rule_name(d.pop("ruleName", UNSET))

        def _parse_is_valid_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        is_valid_reason = _parse_is_valid_reason(d.pop("isValidReason", UNSET))

        rule_verdict = cls(
            is_valid=is_valid,
            rule_name=rule_name,
            is_valid_reason=is_valid_reason,
        )

        rule_verdict.additional_properties = d
        return rule_verdict

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
