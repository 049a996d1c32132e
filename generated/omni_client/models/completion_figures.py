from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.counts import Counts


T = TypeVar("T", bound="CompletionFigures")


@_attrs_define
class CompletionFigures:
    """How much of what is required is there, and who brought it. [AN]"""

    total_required: int | None | Unset = UNSET
    """ Required items. [AN] """
    total_completed: int | None | Unset = UNSET
    """ Completed items; that these are of the required ones is inferred. [AN] """
    by_source: Counts | None | Unset = UNSET
    """ Completed items by who brought them: `agent`, `imported` (this API), `manual` (the team), `portal` (the
    person). [AN] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.counts import Counts  # noqa: PLC0415

        total_required: int | None | Unset
        if isinstance(self.total_required, Unset):
            total_required = UNSET
        else:
            total_required = self.total_required

        total_completed: int | None | Unset
        if isinstance(self.total_completed, Unset):
            total_completed = UNSET
        else:
            total_completed = self.total_completed

        by_source: dict[str, Any] | None | Unset
        if isinstance(self.by_source, Unset):
            by_source = UNSET
        elif isinstance(self.by_source, Counts):
            by_source = self.by_source.to_dict()
        else:
            by_source = self.by_source

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if total_required is not UNSET:
            field_dict["totalRequired"] = total_required
        if total_completed is not UNSET:
            field_dict["totalCompleted"] = total_completed
        if by_source is not UNSET:
            field_dict["bySource"] = by_source

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.counts import Counts  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_total_required(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        total_required = _parse_total_required(d.pop("totalRequired", UNSET))

        def _parse_total_completed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        total_completed = _parse_total_completed(d.pop("totalCompleted", UNSET))

        def _parse_by_source(data: object) -> Counts | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                by_source_type_0 = Counts.from_dict(data)

                return by_source_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Counts | None | Unset, data)

        by_source = _parse_by_source(d.pop("bySource", UNSET))

        completion_figures = cls(
            total_required=total_required,
            total_completed=total_completed,
            by_source=by_source,
        )

        completion_figures.additional_properties = d
        return completion_figures

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
