from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ChannelFigures")


@_attrs_define
class ChannelFigures:
    """Messages of one channel; the last moments are there for single leads only. [AN]"""

    inbound: int | None | Unset = UNSET
    """ How many came in. [AN] """
    outbound: int | None | Unset = UNSET
    """ How many went out. [AN] """
    last_inbound_at: datetime.datetime | None | Unset = UNSET
    """ When the last one came in. [AN] """
    last_outbound_at: datetime.datetime | None | Unset = UNSET
    """ When the last one went out. [AN] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        inbound: int | None | Unset
        if isinstance(self.inbound, Unset):
            inbound = UNSET
        else:
            inbound = self.inbound

        outbound: int | None | Unset
        if isinstance(self.outbound, Unset):
            outbound = UNSET
        else:
            outbound = self.outbound

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if inbound is not UNSET:
            field_dict["inbound"] = inbound
        if outbound is not UNSET:
            field_dict["outbound"] = outbound
        if last_inbound_at is not UNSET:
            field_dict["lastInboundAt"] = last_inbound_at
        if last_outbound_at is not UNSET:
            field_dict["lastOutboundAt"] = last_outbound_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_inbound(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        inbound = _parse_inbound(d.pop("inbound", UNSET))

        def _parse_outbound(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        outbound = _parse_outbound(d.pop("outbound", UNSET))

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

        channel_figures = cls(
            inbound=inbound,
            outbound=outbound,
            last_inbound_at=last_inbound_at,
            last_outbound_at=last_outbound_at,
        )

        channel_figures.additional_properties = d
        return channel_figures

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
