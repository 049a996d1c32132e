from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.creatable_field_type import CreatableFieldType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.item_config import ItemConfig


T = TypeVar("T", bound="CreateChecklistItemBody")


@_attrs_define
class CreateChecklistItemBody:
    """A one-off checklist item. [CI]"""

    label: str
    """ What the person is asked for, shown in dashboard and portal. [CI] """
    field_type: CreatableFieldType
    """ What a one-off item may ask for; `ADDRESS` and `TOOL` are read only. [CI] """
    config: ItemConfig | Unset = UNSET
    """ What a checklist item asks for in particular; its keys depend on the field type. [CI] """
    is_required: bool | Unset = UNSET
    """ Whether it is required; true if left out. [CI] """
    agent_instructions: str | Unset = UNSET
    """ Instructions for the agent. [CI] """
    client_instructions: str | Unset = UNSET
    """ Instructions for the person, shown in the portal. [CI] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        label = self.label

        field_type = self.field_type.value

        config: dict[str, Any] | Unset = UNSET
        if not isinstance(self.config, Unset):
            config = self.config.to_dict()

        is_required = self.is_required

        agent_instructions = self.agent_instructions

        client_instructions = self.client_instructions

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "label": label,
                "fieldType": field_type,
            }
        )
        if config is not UNSET:
            field_dict["config"] = config
        if is_required is not UNSET:
            field_dict["isRequired"] = is_required
        if agent_instructions is not UNSET:
            field_dict["agentInstructions"] = agent_instructions
        if client_instructions is not UNSET:
            field_dict["clientInstructions"] = client_instructions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.item_config import ItemConfig  # noqa: PLC0415

        d = dict(src_dict)
        label = d.pop("label")

        field_type = CreatableFieldType(d.pop("fieldType"))

        _config = d.pop("config", UNSET)
        config: ItemConfig | Unset
        if isinstance(_config, Unset):
            config = UNSET
        else:
            config = ItemConfig.from_dict(_config)

        is_required = d.pop("isRequired", UNSET)

        agent_instructions = d.pop("agentInstructions", UNSET)

        client_instructions = d.pop("clientInstructions", UNSET)

        create_checklist_item_body = cls(
            label=label,
            field_type=field_type,
            config=config,
            is_required=is_required,
            agent_instructions=agent_instructions,
            client_instructions=client_instructions,
        )

        create_checklist_item_body.additional_properties = d
        return create_checklist_item_body

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
