from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.assignee_type import AssigneeType
from ..models.lead_source import LeadSource
from ..types import UNSET, Unset

T = TypeVar("T", bound="LeadRecord")


@_attrs_define
class LeadRecord:
    """The lead record. Which of its fields can be null is not documented, so all but `id` can be. [GL]"""

    id: str
    """ The Omni lead id. [GL] """
    activity_summary: None | str | Unset = UNSET
    """ What happened so far, in a few words. [GL] """
    assignee_type: AssigneeType | None | str | Unset = UNSET
    """ Who works on the lead. [GL] """
    business_name: None | str | Unset = UNSET
    """ Name of the applicant's business. [GL] """
    created_at: datetime.datetime | None | Unset = UNSET
    """ When the lead was made. [GL] """
    deleted_at: datetime.datetime | None | Unset = UNSET
    """ When the lead was deleted; that deletion is soft is inferred. [GL] """
    did_opt_out: bool | None | Unset = UNSET
    """ Whether the lead opted out of being contacted. [GL] """
    opt_out_at: datetime.datetime | None | Unset = UNSET
    """ When the lead opted out. Came later; listed for create and update, not sampled. [CL+] """
    email: None | str | Unset = UNSET
    """ E-mail address. [GL] """
    email_verified_at: datetime.datetime | None | Unset = UNSET
    """ When the e-mail address was verified. [GL] """
    external_lead_id: None | str | Unset = UNSET
    """ The id of the lead in your own system, as you gave it. Whether it is unique is not documented. [GL] """
    external_portal_link: None | str | Unset = UNSET
    """ Link to the applicant's portal; what it opens is not documented. [GL] """
    first_name: None | str | Unset = UNSET
    """ First name. [GL] """
    is_test: bool | None | Unset = UNSET
    """ Whether this is a test lead. Test leads have no matching leads. [GL] """
    last_name: None | str | Unset = UNSET
    """ Last name. [GL] """
    phone_number: None | str | Unset = UNSET
    """ Phone number, E.164 where the service could parse it. [GL] """
    phone_verified_at: datetime.datetime | None | Unset = UNSET
    """ When the phone number was verified. [GL] """
    source: LeadSource | None | str | Unset = UNSET
    """ How the lead came in. [GL] """
    submitted_at: datetime.datetime | None | Unset = UNSET
    """ When the lead was submitted; by whom or how is not documented. [GL] """
    tags: list[Any] | None | Unset = UNSET
    """ Tags, compared without case. Came later. Whether an element is a string or an object is not documented.
    [GL+] """
    updated_at: datetime.datetime | None | Unset = UNSET
    """ When the lead last changed. [GL] """
    website: None | str | Unset = UNSET
    """ Website of the business. [GL] """
    workspace_id: None | str | Unset = UNSET
    """ The workspace that owns the lead. [GL] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        activity_summary: None | str | Unset
        if isinstance(self.activity_summary, Unset):
            activity_summary = UNSET
        else:
            activity_summary = self.activity_summary

        assignee_type: None | str | Unset
        if isinstance(self.assignee_type, Unset):
            assignee_type = UNSET
        elif isinstance(self.assignee_type, AssigneeType):
            assignee_type = self.assignee_type.value
        else:
            assignee_type = self.assignee_type

        business_name: None | str | Unset
        if isinstance(self.business_name, Unset):
            business_name = UNSET
        else:
            business_name = self.business_name

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        deleted_at: None | str | Unset
        if isinstance(self.deleted_at, Unset):
            deleted_at = UNSET
        elif isinstance(self.deleted_at, datetime.datetime):
            deleted_at = self.deleted_at.isoformat()
        else:
            deleted_at = self.deleted_at

        did_opt_out: bool | None | Unset
        if isinstance(self.did_opt_out, Unset):
            did_opt_out = UNSET
        else:
            did_opt_out = self.did_opt_out

        opt_out_at: None | str | Unset
        if isinstance(self.opt_out_at, Unset):
            opt_out_at = UNSET
        elif isinstance(self.opt_out_at, datetime.datetime):
            opt_out_at = self.opt_out_at.isoformat()
        else:
            opt_out_at = self.opt_out_at

        email: None | str | Unset
        if isinstance(self.email, Unset):
            email = UNSET
        else:
            email = self.email

        email_verified_at: None | str | Unset
        if isinstance(self.email_verified_at, Unset):
            email_verified_at = UNSET
        elif isinstance(self.email_verified_at, datetime.datetime):
            email_verified_at = self.email_verified_at.isoformat()
        else:
            email_verified_at = self.email_verified_at

        external_lead_id: None | str | Unset
        if isinstance(self.external_lead_id, Unset):
            external_lead_id = UNSET
        else:
            external_lead_id = self.external_lead_id

        external_portal_link: None | str | Unset
        if isinstance(self.external_portal_link, Unset):
            external_portal_link = UNSET
        else:
            external_portal_link = self.external_portal_link

        first_name: None | str | Unset
        if isinstance(self.first_name, Unset):
            first_name = UNSET
        else:
            first_name = self.first_name

        is_test: bool | None | Unset
        if isinstance(self.is_test, Unset):
            is_test = UNSET
        else:
            is_test = self.is_test

        last_name: None | str | Unset
        if isinstance(self.last_name, Unset):
            last_name = UNSET
        else:
            last_name = self.last_name

        phone_number: None | str | Unset
        if isinstance(self.phone_number, Unset):
            phone_number = UNSET
        else:
            phone_number = self.phone_number

        phone_verified_at: None | str | Unset
        if isinstance(self.phone_verified_at, Unset):
            phone_verified_at = UNSET
        elif isinstance(self.phone_verified_at, datetime.datetime):
            phone_verified_at = self.phone_verified_at.isoformat()
        else:
            phone_verified_at = self.phone_verified_at

        source: None | str | Unset
        if isinstance(self.source, Unset):
            source = UNSET
        elif isinstance(self.source, LeadSource):
            source = self.source.value
        else:
            source = self.source

        submitted_at: None | str | Unset
        if isinstance(self.submitted_at, Unset):
            submitted_at = UNSET
        elif isinstance(self.submitted_at, datetime.datetime):
            submitted_at = self.submitted_at.isoformat()
        else:
            submitted_at = self.submitted_at

        tags: list[Any] | None | Unset
        if isinstance(self.tags, Unset):
            tags = UNSET
        elif isinstance(self.tags, list):
            tags = self.tags

        else:
            tags = self.tags

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        elif isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

        website: None | str | Unset
        if isinstance(self.website, Unset):
            website = UNSET
        else:
            website = self.website

        workspace_id: None | str | Unset
        if isinstance(self.workspace_id, Unset):
            workspace_id = UNSET
        else:
            workspace_id = self.workspace_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if activity_summary is not UNSET:
            field_dict["activitySummary"] = activity_summary
        if assignee_type is not UNSET:
            field_dict["assigneeType"] = assignee_type
        if business_name is not UNSET:
            field_dict["businessName"] = business_name
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if deleted_at is not UNSET:
            field_dict["deletedAt"] = deleted_at
        if did_opt_out is not UNSET:
            field_dict["didOptOut"] = did_opt_out
        if opt_out_at is not UNSET:
            field_dict["optOutAt"] = opt_out_at
        if email is not UNSET:
            field_dict["email"] = email
        if email_verified_at is not UNSET:
            field_dict["emailVerifiedAt"] = email_verified_at
        if external_lead_id is not UNSET:
            field_dict["externalLeadId"] = external_lead_id
        if external_portal_link is not UNSET:
            field_dict["externalPortalLink"] = external_portal_link
        if first_name is not UNSET:
            field_dict["firstName"] = first_name
        if is_test is not UNSET:
            field_dict["isTest"] = is_test
        if last_name is not UNSET:
            field_dict["lastName"] = last_name
        if phone_number is not UNSET:
            field_dict["phoneNumber"] = phone_number
        if phone_verified_at is not UNSET:
            field_dict["phoneVerifiedAt"] = phone_verified_at
        if source is not UNSET:
            field_dict["source"] = source
        if submitted_at is not UNSET:
            field_dict["submittedAt"] = submitted_at
        if tags is not UNSET:
            field_dict["tags"] = tags
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at
        if website is not UNSET:
            field_dict["website"] = website
        if workspace_id is not UNSET:
            field_dict["workspaceId"] = workspace_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_activity_summary(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        activity_summary = _parse_activity_summary(d.pop("activitySummary", UNSET))

        def _parse_assignee_type(data: object) -> AssigneeType | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                assignee_type_type_0 = AssigneeType(data)

                return assignee_type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AssigneeType | None | str | Unset, data)

        assignee_type = _parse_assignee_type(d.pop("assigneeType", UNSET))

        def _parse_business_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        business_name = _parse_business_name(d.pop("businessName", UNSET))

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

        def _parse_deleted_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                deleted_at_type_0 = datetime.datetime.fromisoformat(data)

                return deleted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        deleted_at = _parse_deleted_at(d.pop("deletedAt", UNSET))

        def _parse_did_opt_out(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        did_opt_out = _parse_did_opt_out(d.pop("didOptOut", UNSET))

        def _parse_opt_out_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                opt_out_at_type_0 = datetime.datetime.fromisoformat(data)

                return opt_out_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        opt_out_at = _parse_opt_out_at(d.pop("optOutAt", UNSET))

        def _parse_email(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        email = _parse_email(d.pop("email", UNSET))

        def _parse_email_verified_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                email_verified_at_type_0 = datetime.datetime.fromisoformat(data)

                return email_verified_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        email_verified_at = _parse_email_verified_at(d.pop("emailVerifiedAt", UNSET))

        def _parse_external_lead_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        external_lead_id = _parse_external_lead_id(d.pop("externalLeadId", UNSET))

        def _parse_external_portal_link(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        external_portal_link = _parse_external_portal_link(d.pop("externalPortalLink", UNSET))

        def _parse_first_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        first_name = _parse_first_name(d.pop("firstName", UNSET))

        def _parse_is_test(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        is_test = _parse_is_test(d.pop("isTest", UNSET))

        def _parse_last_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_name = _parse_last_name(d.pop("lastName", UNSET))

        def _parse_phone_number(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        phone_number = _parse_phone_number(d.pop("phoneNumber", UNSET))

        def _parse_phone_verified_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                phone_verified_at_type_0 = datetime.datetime.fromisoformat(data)

                return phone_verified_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        phone_verified_at = _parse_phone_verified_at(d.pop("phoneVerifiedAt", UNSET))

        def _parse_source(data: object) -> LeadSource | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                source_type_0 = LeadSource(data)

                return source_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LeadSource | None | str | Unset, data)

        source = _parse_source(d.pop("source", UNSET))

        def _parse_submitted_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                submitted_at_type_0 = datetime.datetime.fromisoformat(data)

                return submitted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        submitted_at = _parse_submitted_at(d.pop("submittedAt", UNSET))

        def _parse_tags(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tags_type_0 = cast(list[Any], data)

                return tags_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Any] | None | Unset, data)

        tags = _parse_tags(d.pop("tags", UNSET))

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

        def _parse_website(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        website = _parse_website(d.pop("website", UNSET))

        def _parse_workspace_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        workspace_id = _parse_workspace_id(d.pop("workspaceId", UNSET))

        lead_record = cls(
            id=id,
            activity_summary=activity_summary,
            assignee_type=assignee_type,
            business_name=business_name,
            created_at=created_at,
            deleted_at=deleted_at,
            did_opt_out=did_opt_out,
            opt_out_at=opt_out_at,
            email=email,
            email_verified_at=email_verified_at,
            external_lead_id=external_lead_id,
            external_portal_link=external_portal_link,
            first_name=first_name,
            is_test=is_test,
            last_name=last_name,
            phone_number=phone_number,
            phone_verified_at=phone_verified_at,
            source=source,
            submitted_at=submitted_at,
            tags=tags,
            updated_at=updated_at,
            website=website,
            workspace_id=workspace_id,
        )

        lead_record.additional_properties = d
        return lead_record

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
