from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.settable_assignee import SettableAssignee
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.checklist_value import ChecklistValue


T = TypeVar("T", bound="CreateLeadBody")


@_attrs_define
class CreateLeadBody:
    """A new lead. Formats and lengths are not documented, nor whether a null is accepted. `website`, `source` and `status`
    are not among the documented inputs. [CL]

    """

    first_name: str
    """ First name; the only required field. [CL] """
    last_name: None | str | Unset = UNSET
    """ Last name. [CL] """
    middle_name: None | str | Unset = UNSET
    """ Middle name; accepted, but in no documented response. [CL] """
    business_name: None | str | Unset = UNSET
    """ Name of the applicant's business. [CL] """
    email: None | str | Unset = UNSET
    """ E-mail address. [CL] """
    phone_number: None | str | Unset = UNSET
    """ Phone number in any format; stored as E.164 where it can be parsed. What happens where it cannot is not
    documented. [CL] """
    external_lead_id: None | str | Unset = UNSET
    """ The id of the lead in your own system. Whether it must be unique is not documented. [CL] """
    timezone: None | str | Unset = UNSET
    """ IANA time zone name; else inferred from the phone's area code. In no documented response. [CL] """
    assignee_type: SettableAssignee | Unset = UNSET
    """ Who shall work on a lead, as written; other words than those that are read. [CL] """
    did_opt_out: bool | Unset = UNSET
    """ True opts the lead out and stamps `optOutAt`; false, in an update, lifts an opt-out. [CL, UL+] """
    email_verified: bool | Unset = UNSET
    """ True stamps `emailVerifiedAt` with now. [CL, CL+] """
    checklist_items: list[ChecklistValue] | Unset = UNSET
    """ Items to fill in, by code. [CL] """
    tags: list[str] | Unset = UNSET
    """ Tags, compared without case, made when first used; an empty array clears them. The name of this key and the
    type of its elements are not documented: both are taken from the response's `tags`. [CL+] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        first_name = self.first_name

        last_name: None | str | Unset
        if isinstance(self.last_name, Unset):
            last_name = UNSET
        else:
            last_name = self.last_name

        middle_name: None | str | Unset
        if isinstance(self.middle_name, Unset):
            middle_name = UNSET
        else:
            middle_name = self.middle_name

        business_name: None | str | Unset
        if isinstance(self.business_name, Unset):
            business_name = UNSET
        else:
            business_name = self.business_name

        email: None | str | Unset
        if isinstance(self.email, Unset):
            email = UNSET
        else:
            email = self.email

        phone_number: None | str | Unset
        if isinstance(self.phone_number, Unset):
            phone_number = UNSET
        else:
            phone_number = self.phone_number

        external_lead_id: None | str | Unset
        if isinstance(self.external_lead_id, Unset):
            external_lead_id = UNSET
        else:
            external_lead_id = self.external_lead_id

        timezone: None | str | Unset
        if isinstance(self.timezone, Unset):
            timezone = UNSET
        else:
            timezone = self.timezone

        assignee_type: str | Unset = UNSET
        if not isinstance(self.assignee_type, Unset):
            assignee_type = self.assignee_type.value

        did_opt_out = self.did_opt_out

        email_verified = self.email_verified

        checklist_items: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.checklist_items, Unset):
            checklist_items = []
            for checklist_items_item_data in self.checklist_items:
                checklist_items_item = checklist_items_item_data.to_dict()
                checklist_items.append(checklist_items_item)

        tags: list[str] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = self.tags

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "firstName": first_name,
            }
        )
        if last_name is not UNSET:
            field_dict["lastName"] = last_name
        if middle_name is not UNSET:
            field_dict["middleName"] = middle_name
        if business_name is not UNSET:
            field_dict["businessName"] = business_name
        if email is not UNSET:
            field_dict["email"] = email
        if phone_number is not UNSET:
            field_dict["phoneNumber"] = phone_number
        if external_lead_id is not UNSET:
            field_dict["externalLeadId"] = external_lead_id
        if timezone is not UNSET:
            field_dict["timezone"] = timezone
        if assignee_type is not UNSET:
            field_dict["assigneeType"] = assignee_type
        if did_opt_out is not UNSET:
            field_dict["didOptOut"] = did_opt_out
        if email_verified is not UNSET:
            field_dict["emailVerified"] = email_verified
        if checklist_items is not UNSET:
            field_dict["checklistItems"] = checklist_items
        if tags is not UNSET:
            field_dict["tags"] = tags

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.checklist_value import ChecklistValue  # noqa: PLC0415

        d = dict(src_dict)
        first_name = d.pop("firstName")

        def _parse_last_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_name = _parse_last_name(d.pop("lastName", UNSET))

        def _parse_middle_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        middle_name = _parse_middle_name(d.pop("middleName", UNSET))

        def _parse_business_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        business_name = _parse_business_name(d.pop("businessName", UNSET))

        def _parse_email(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        email = _parse_email(d.pop("email", UNSET))

        def _parse_phone_number(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        phone_number = _parse_phone_number(d.pop("phoneNumber", UNSET))

        def _parse_external_lead_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        external_lead_id = _parse_external_lead_id(d.pop("externalLeadId", UNSET))

        def _parse_timezone(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        timezone = _parse_timezone(d.pop("timezone", UNSET))

        _assignee_type = d.pop("assigneeType", UNSET)
        assignee_type: SettableAssignee | Unset
        if isinstance(_assignee_type, Unset):
            assignee_type = UNSET
        else:
            assignee_type = SettableAssignee(_assignee_type)

        did_opt_out = d.pop("didOptOut", UNSET)

        email_verified = d.pop("emailVerified", UNSET)

        _checklist_items = d.pop("checklistItems", UNSET)
        checklist_items: list[ChecklistValue] | Unset = UNSET
        if _checklist_items is not UNSET:
            checklist_items = []
            for checklist_items_item_data in _checklist_items:
                checklist_items_item = ChecklistValue.from_dict(checklist_items_item_data)

                checklist_items.append(checklist_items_item)

        tags = cast(list[str], d.pop("tags", UNSET))

        create_lead_body = cls(
            first_name=first_name,
            last_name=last_name,
            middle_name=middle_name,
            business_name=business_name,
            email=email,
            phone_number=phone_number,
            external_lead_id=external_lead_id,
            timezone=timezone,
            assignee_type=assignee_type,
            did_opt_out=did_opt_out,
            email_verified=email_verified,
            checklist_items=checklist_items,
            tags=tags,
        )

        create_lead_body.additional_properties = d
        return create_lead_body

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
