from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.channels import Channels
    from ..models.checklist_figure import ChecklistFigure
    from ..models.completion_figures import CompletionFigures
    from ..models.counts import Counts


T = TypeVar("T", bound="LeadFigures")


@_attrs_define
class LeadFigures:
    """Figures of one lead. [AN]"""

    lead_id: None | str | Unset = UNSET
    """ The Omni lead id. [AN] """
    first_name: None | str | Unset = UNSET
    """ First name. [AN] """
    last_name: None | str | Unset = UNSET
    """ Last name. [AN] """
    email: None | str | Unset = UNSET
    """ E-mail address. [AN] """
    phone_number: None | str | Unset = UNSET
    """ Phone number. [AN] """
    created_at: datetime.datetime | None | Unset = UNSET
    """ When the lead was made. [AN] """
    completed_at: datetime.datetime | None | Unset = UNSET
    """ When it became complete. [AN] """
    opted_out_at: datetime.datetime | None | Unset = UNSET
    """ When it opted out; `optOutAt` on leads. [AN] """
    last_inbound_at: datetime.datetime | None | Unset = UNSET
    """ When the last message came in. [AN] """
    last_outbound_at: datetime.datetime | None | Unset = UNSET
    """ When the last message went out. [AN] """
    total_messages: int | None | Unset = UNSET
    """ Messages in both directions. [AN] """
    inbound_messages: int | None | Unset = UNSET
    """ Messages that came in. [AN] """
    outbound_messages: int | None | Unset = UNSET
    """ Messages that went out. [AN] """
    channels: Channels | None | Unset = UNSET
    """ The same by channel; `sms` and `email` in the sample. [AN] """
    completion: CompletionFigures | None | Unset = UNSET
    """ How much of what is required is there. [AN] """
    interventions: Counts | None | Unset = UNSET
    """ How often people stepped in, by kind: `documentOverrides`, `escalations`, `manualUpdates`, `messageEdits`,
    `messageRejects` in the sample. [AN] """
    checklist: list[ChecklistFigure] | None | Unset = UNSET
    """ The checklist, item by item; known from the columns of the CSV file. [AN] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.channels import Channels  # noqa: PLC0415
        from ..models.completion_figures import CompletionFigures  # noqa: PLC0415
        from ..models.counts import Counts  # noqa: PLC0415

        lead_id: None | str | Unset
        if isinstance(self.lead_id, Unset):
            lead_id = UNSET
        else:
            lead_id = self.lead_id

        first_name: None | str | Unset
        if isinstance(self.first_name, Unset):
            first_name = UNSET
        else:
            first_name = self.first_name

        last_name: None | str | Unset
        if isinstance(self.last_name, Unset):
            last_name = UNSET
        else:
            last_name = self.last_name

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

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        completed_at: None | str | Unset
        if isinstance(self.completed_at, Unset):
            completed_at = UNSET
        elif isinstance(self.completed_at, datetime.datetime):
            completed_at = self.completed_at.isoformat()
        else:
            completed_at = self.completed_at

        opted_out_at: None | str | Unset
        if isinstance(self.opted_out_at, Unset):
            opted_out_at = UNSET
        elif isinstance(self.opted_out_at, datetime.datetime):
            opted_out_at = self.opted_out_at.isoformat()
        else:
            opted_out_at = self.opted_out_at

        last_inbound_at: None | str | Unset
        if isinstance(self.last_inbound_at, Unset):
            last_inbound_at = UNSET
        elif isinstance(self.last_inbound_at, datetime.datetime):
            last_inbound_at = self.last_inbound_at.isoformat()
        else:
            last_inbound_at = self.last_inbound_at

        last_outbound_at: None | str | Unset
        if isinstance(self.last_outbound_at, Unset):
            last_outbound_at = UNSET
        elif isinstance(self.last_outbound_at, datetime.datetime):
            last_outbound_at = self.last_outbound_at.isoformat()
        else:
            last_outbound_at = self.last_outbound_at

        total_messages: int | None | Unset
        if isinstance(self.total_messages, Unset):
            total_messages = UNSET
        else:
            total_messages = self.total_messages

        inbound_messages: int | None | Unset
        if isinstance(self.inbound_messages, Unset):
            inbound_messages = UNSET
        else:
            inbound_messages = self.inbound_messages

        outbound_messages: int | None | Unset
        if isinstance(self.outbound_messages, Unset):
            outbound_messages = UNSET
        else:
            outbound_messages = self.outbound_messages

        channels: dict[str, Any] | None | Unset
        if isinstance(self.channels, Unset):
            channels = UNSET
        elif isinstance(self.channels, Channels):
            channels = self.channels.to_dict()
        else:
            channels = self.channels

        completion: dict[str, Any] | None | Unset
        if isinstance(self.completion, Unset):
            completion = UNSET
        elif isinstance(self.completion, CompletionFigures):
            completion = self.completion.to_dict()
        else:
            completion = self.completion

        interventions: dict[str, Any] | None | Unset
        if isinstance(self.interventions, Unset):
            interventions = UNSET
        elif isinstance(self.interventions, Counts):
            interventions = self.interventions.to_dict()
        else:
            interventions = self.interventions

        checklist: list[dict[str, Any]] | None | Unset
        if isinstance(self.checklist, Unset):
            checklist = UNSET
        elif isinstance(self.checklist, list):
            checklist = []
            for checklist_type_0_item_data in self.checklist:
                checklist_type_0_item = checklist_type_0_item_data.to_dict()
                checklist.append(checklist_type_0_item)

        else:
            checklist = self.checklist

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if lead_id is not UNSET:
            field_dict["leadId"] = lead_id
        if first_name is not UNSET:
            field_dict["firstName"] = first_name
        if last_name is not UNSET:
            field_dict["lastName"] = last_name
        if email is not UNSET:
            field_dict["email"] = email
        if phone_number is not UNSET:
            field_dict["phoneNumber"] = phone_number
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if completed_at is not UNSET:
            field_dict["completedAt"] = completed_at
        if opted_out_at is not UNSET:
            field_dict["optedOutAt"] = opted_out_at
        if last_inbound_at is not UNSET:
            field_dict["lastInboundAt"] = last_inbound_at
        if last_outbound_at is not UNSET:
            field_dict["lastOutboundAt"] = last_outbound_at
        if total_messages is not UNSET:
            field_dict["totalMessages"] = total_messages
        if inbound_messages is not UNSET:
            field_dict["inboundMessages"] = inbound_messages
        if outbound_messages is not UNSET:
            field_dict["outboundMessages"] = outbound_messages
        if channels is not UNSET:
            field_dict["channels"] = channels
        if completion is not UNSET:
            field_dict["completion"] = completion
        if interventions is not UNSET:
            field_dict["interventions"] = interventions
        if checklist is not UNSET:
            field_dict["checklist"] = checklist

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.channels import Channels  # noqa: PLC0415
        from ..models.checklist_figure import ChecklistFigure  # noqa: PLC0415
        from ..models.completion_figures import CompletionFigures  # noqa: PLC0415
        from ..models.counts import Counts  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_lead_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        lead_id = _parse_lead_id(d.pop("leadId", UNSET))

        def _parse_first_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        first_name = _parse_first_name(d.pop("firstName", UNSET))

        def _parse_last_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_name = _parse_last_name(d.pop("lastName", UNSET))

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

        def _parse_completed_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                completed_at_type_0 = datetime.datetime.fromisoformat(data)

                return completed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        completed_at = _parse_completed_at(d.pop("completedAt", UNSET))

        def _parse_opted_out_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                opted_out_at_type_0 = datetime.datetime.fromisoformat(data)

                return opted_out_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        opted_out_at = _parse_opted_out_at(d.pop("optedOutAt", UNSET))

        def _parse_last_inbound_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_inbound_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_inbound_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        last_inbound_at = _parse_last_inbound_at(d.pop("lastInboundAt", UNSET))

        def _parse_last_outbound_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_outbound_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_outbound_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        last_outbound_at = _parse_last_outbound_at(d.pop("lastOutboundAt", UNSET))

        def _parse_total_messages(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        total_messages = _parse_total_messages(d.pop("totalMessages", UNSET))

        def _parse_inbound_messages(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        inbound_messages = _parse_inbound_messages(d.pop("inboundMessages", UNSET))

        def _parse_outbound_messages(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        outbound_messages = _parse_outbound_messages(d.pop("outboundMessages", UNSET))

        def _parse_channels(data: object) -> Channels | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                channels_type_0 = Channels.from_dict(data)

                return channels_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Channels | None | Unset, data)

        channels = _parse_channels(d.pop("channels", UNSET))

        def _parse_completion(data: object) -> CompletionFigures | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                completion_type_0 = CompletionFigures.from_dict(data)

                return completion_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CompletionFigures | None | Unset, data)

        completion = _parse_completion(d.pop("completion", UNSET))

        def _parse_interventions(data: object) -> Counts | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                interventions_type_0 = Counts.from_dict(data)

                return interventions_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Counts | None | Unset, data)

        interventions = _parse_interventions(d.pop("interventions", UNSET))

        def _parse_checklist(data: object) -> list[ChecklistFigure] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                checklist_type_0 = []
                _checklist_type_0 = data
                for checklist_type_0_item_data in _checklist_type_0:
                    checklist_type_0_item = ChecklistFigure.from_dict(checklist_type_0_item_data)

                    checklist_type_0.append(checklist_type_0_item)

                return checklist_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ChecklistFigure] | None | Unset, data)

        checklist = _parse_checklist(d.pop("checklist", UNSET))

        lead_figures = cls(
            lead_id=lead_id,
            first_name=first_name,
            last_name=last_name,
            email=email,
            phone_number=phone_number,
            created_at=created_at,
            completed_at=completed_at,
            opted_out_at=opted_out_at,
            last_inbound_at=last_inbound_at,
            last_outbound_at=last_outbound_at,
            total_messages=total_messages,
            inbound_messages=inbound_messages,
            outbound_messages=outbound_messages,
            channels=channels,
            completion=completion,
            interventions=interventions,
            checklist=checklist,
        )

        lead_figures.additional_properties = d
        return lead_figures

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
