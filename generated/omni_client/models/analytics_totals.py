from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.channels import Channels
    from ..models.completion_figures import CompletionFigures
    from ..models.counts import Counts


T = TypeVar("T", bound="AnalyticsTotals")


@_attrs_define
class AnalyticsTotals:
    """Figures over all matching leads. [AN]"""

    count: int | None | Unset = UNSET
    """ How many leads. [AN] """
    leads_completed: int | None | Unset = UNSET
    """ How many of them are complete. [AN] """
    leads_opted_out: int | None | Unset = UNSET
    """ How many of them opted out. [AN] """
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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.channels import Channels  # noqa: PLC0415
        from ..models.completion_figures import CompletionFigures  # noqa: PLC0415
        from ..models.counts import Counts  # noqa: PLC0415

        count: int | None | Unset
        if isinstance(self.count, Unset):
            count = UNSET
        else:
            count = self.count

        leads_completed: int | None | Unset
        if isinstance(self.leads_completed, Unset):
            leads_completed = UNSET
        else:
            leads_completed = self.leads_completed

        leads_opted_out: int | None | Unset
        if isinstance(self.leads_opted_out, Unset):
            leads_opted_out = UNSET
        else:
            leads_opted_out = self.leads_opted_out

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if count is not UNSET:
            field_dict["count"] = count
        if leads_completed is not UNSET:
            field_dict["leadsCompleted"] = leads_completed
        if leads_opted_out is not UNSET:
            field_dict["leadsOptedOut"] = leads_opted_out
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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.channels import Channels  # noqa: PLC0415
        from ..models.completion_figures import CompletionFigures  # noqa: PLC0415
        from ..models.counts import Counts  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_count(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        count = _parse_count(d.pop("count", UNSET))

        def _parse_leads_completed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        leads_completed = _parse_leads_completed(d.pop("leadsCompleted", UNSET))

        def _parse_leads_opted_out(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        leads_opted_out = _parse_leads_opted_out(d.pop("leadsOptedOut", UNSET))

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

        analytics_totals = cls(
            count=count,
            leads_completed=leads_completed,
            leads_opted_out=leads_opted_out,
            total_messages=total_messages,
            inbound_messages=inbound_messages,
            outbound_messages=outbound_messages,
            channels=channels,
            completion=completion,
            interventions=interventions,
        )

        analytics_totals.additional_properties = d
        return analytics_totals

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
