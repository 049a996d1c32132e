from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.lead_status import LeadStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.action_log import ActionLog
    from ..models.checklist_group import ChecklistGroup
    from ..models.document import Document
    from ..models.lead_record import LeadRecord
    from ..models.matching_lead import MatchingLead


T = TypeVar("T", bound="LeadDetails")


@_attrs_define
class LeadDetails:
    """One lead, whole. Until late 2025 the same endpoint answered with a flat object instead (`id`, `name`, `email`,
    `phoneNumber`, `businessName`, `status`, `activitySummary`, `actionLogs`, `nextFollowUp`, `lastAction`). [GL, GL-0]

    """

    lead: LeadRecord
    """ The lead record. Which of its fields can be null is not documented, so all but `id` can be. [GL] """
    status: LeadStatus | None | str | Unset = UNSET
    """ Computed status of the lead. Beside `lead`, not inside it. [GL] """
    checklist_items: list[ChecklistGroup] | None | Unset = UNSET
    """ The full checklist, grouped. [GL] """
    documents: list[Document] | None | Unset = UNSET
    """ All documents uploaded for this lead, with presigned download URLs. [GL] """
    action_logs: list[ActionLog] | None | Unset = UNSET
    """ Recent action logs, up to 100, enriched with tool info, messages and presigned document URLs. Their order is
    not documented. [GL] """
    matching_leads: list[MatchingLead] | None | Unset = UNSET
    """ Leads that share the phone number or e-mail address. Empty for test leads. [GL] """
    last_action: ActionLog | None | Unset = UNSET
    """ The most recent completed outbound message or follow-up, including associated tool calls. The key that holds
    the tool calls is not documented. [GL] """
    next_follow_up: ActionLog | None | Unset = UNSET
    """ The next pending follow-up message, if any. [GL] """
    success: bool | None | Unset = UNSET
    """ Whether a create or an update worked; Get Lead does not have it. When it is false is not documented. [CL,
    UL] """
    next_draft: ActionLog | None | Unset = UNSET
    """ The next message awaiting approval, if any. Its shape is not documented; that it is an action log is
    inferred from its neighbours. [GL] """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.action_log import ActionLog  # noqa: PLC0415

        lead = self.lead.to_dict()

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        elif isinstance(self.status, LeadStatus):
            status = self.status.value
        else:
            status = self.status

        checklist_items: list[dict[str, Any]] | None | Unset
        if isinstance(self.checklist_items, Unset):
            checklist_items = UNSET
        elif isinstance(self.checklist_items, list):
            checklist_items = []
            for checklist_items_type_0_item_data in self.checklist_items:
                checklist_items_type_0_item = checklist_items_type_0_item_data.to_dict()
                checklist_items.append(checklist_items_type_0_item)

        else:
            checklist_items = self.checklist_items

        documents: list[dict[str, Any]] | None | Unset
        if isinstance(self.documents, Unset):
            documents = UNSET
        elif isinstance(self.documents, list):
            documents = []
            for documents_type_0_item_data in self.documents:
                documents_type_0_item = documents_type_0_item_data.to_dict()
                documents.append(documents_type_0_item)

        else:
            documents = self.documents

        action_logs: list[dict[str, Any]] | None | Unset
        if isinstance(self.action_logs, Unset):
            action_logs = UNSET
        elif isinstance(self.action_logs, list):
            action_logs = []
            for action_logs_type_0_item_data in self.action_logs:
                action_logs_type_0_item = action_logs_type_0_item_data.to_dict()
                action_logs.append(action_logs_type_0_item)

        else:
            action_logs = self.action_logs

        matching_leads: list[dict[str, Any]] | None | Unset
        if isinstance(self.matching_leads, Unset):
            matching_leads = UNSET
        elif isinstance(self.matching_leads, list):
            matching_leads = []
            for matching_leads_type_0_item_data in self.matching_leads:
                matching_leads_type_0_item = matching_leads_type_0_item_data.to_dict()
                matching_leads.append(matching_leads_type_0_item)

        else:
            matching_leads = self.matching_leads

        last_action: dict[str, Any] | None | Unset
        if isinstance(self.last_action, Unset):
            last_action = UNSET
        elif isinstance(self.last_action, ActionLog):
            last_action = self.last_action.to_dict()
        else:
            last_action = self.last_action

        next_follow_up: dict[str, Any] | None | Unset
        if isinstance(self.next_follow_up, Unset):
            next_follow_up = UNSET
        elif isinstance(self.next_follow_up, ActionLog):
            next_follow_up = self.next_follow_up.to_dict()
        else:
            next_follow_up = self.next_follow_up

        success: bool | None | Unset
        if isinstance(self.success, Unset):
            success = UNSET
        else:
            success = self.success

        next_draft: dict[str, Any] | None | Unset
        if isinstance(self.next_draft, Unset):
            next_draft = UNSET
        elif isinstance(self.next_draft, ActionLog):
            next_draft = self.next_draft.to_dict()
        else:
            next_draft = self.next_draft

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "lead": lead,
            }
        )
        if status is not UNSET:
            field_dict["status"] = status
        if checklist_items is not UNSET:
            field_dict["checklistItems"] = checklist_items
        if documents is not UNSET:
            field_dict["documents"] = documents
        if action_logs is not UNSET:
            field_dict["actionLogs"] = action_logs
        if matching_leads is not UNSET:
            field_dict["matchingLeads"] = matching_leads
        if last_action is not UNSET:
            field_dict["lastAction"] = last_action
        if next_follow_up is not UNSET:
            field_dict["nextFollowUp"] = next_follow_up
        if success is not UNSET:
            field_dict["success"] = success
        if next_draft is not UNSET:
            field_dict["nextDraft"] = next_draft

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.action_log import ActionLog  # noqa: PLC0415
        from ..models.checklist_group import ChecklistGroup  # noqa: PLC0415
        from ..models.document import Document  # noqa: PLC0415
        from ..models.lead_record import LeadRecord  # noqa: PLC0415
        from ..models.matching_lead import MatchingLead  # noqa: PLC0415

        d = dict(src_dict)
        lead = LeadRecord.from_dict(d.pop("lead"))

        def _parse_status(data: object) -> LeadStatus | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = LeadStatus(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LeadStatus | None | str | Unset, data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_checklist_items(data: object) -> list[ChecklistGroup] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                checklist_items_type_0 = []
                _checklist_items_type_0 = data
                for checklist_items_type_0_item_data in _checklist_items_type_0:
                    checklist_items_type_0_item = ChecklistGroup.from_dict(checklist_items_type_0_item_data)

                    checklist_items_type_0.append(checklist_items_type_0_item)

                return checklist_items_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ChecklistGroup] | None | Unset, data)

        checklist_items = _parse_checklist_items(d.pop("checklistItems", UNSET))

        def _parse_documents(data: object) -> list[Document] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                documents_type_0 = []
                _documents_type_0 = data
                for documents_type_0_item_data in _documents_type_0:
                    documents_type_0_item = Document.from_dict(documents_type_0_item_data)

                    documents_type_0.append(documents_type_0_item)

                return documents_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Document] | None | Unset, data)

        documents = _parse_documents(d.pop("documents", UNSET))

        def _parse_action_logs(data: object) -> list[ActionLog] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                action_logs_type_0 = []
                _action_logs_type_0 = data
                for action_logs_type_0_item_data in _action_logs_type_0:
                    action_logs_type_0_item = ActionLog.from_dict(action_logs_type_0_item_data)

                    action_logs_type_0.append(action_logs_type_0_item)

                return action_logs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ActionLog] | None | Unset, data)

        action_logs = _parse_action_logs(d.pop("actionLogs", UNSET))

        def _parse_matching_leads(data: object) -> list[MatchingLead] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                matching_leads_type_0 = []
                _matching_leads_type_0 = data
                for matching_leads_type_0_item_data in _matching_leads_type_0:
                    matching_leads_type_0_item = MatchingLead.from_dict(matching_leads_type_0_item_data)

                    matching_leads_type_0.append(matching_leads_type_0_item)

                return matching_leads_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[MatchingLead] | None | Unset, data)

        matching_leads = _parse_matching_leads(d.pop("matchingLeads", UNSET))

        def _parse_last_action(data: object) -> ActionLog | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                last_action_type_0 = ActionLog.from_dict(data)

                return last_action_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ActionLog | None | Unset, data)

        last_action = _parse_last_action(d.pop("lastAction", UNSET))

        def _parse_next_follow_up(data: object) -> ActionLog | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                next_follow_up_type_0 = ActionLog.from_dict(data)

                return next_follow_up_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ActionLog | None | Unset, data)

        next_follow_up = _parse_next_follow_up(d.pop("nextFollowUp", UNSET))

        def _parse_success(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        success = _parse_success(d.pop("success", UNSET))

        def _parse_next_draft(data: object) -> ActionLog | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                next_draft_type_0 = ActionLog.from_dict(data)

                return next_draft_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ActionLog | None | Unset, data)

        next_draft = _parse_next_draft(d.pop("nextDraft", UNSET))

        lead_details = cls(
            lead=lead,
            status=status,
            checklist_items=checklist_items,
            documents=documents,
            action_logs=action_logs,
            matching_leads=matching_leads,
            last_action=last_action,
            next_follow_up=next_follow_up,
            success=success,
            next_draft=next_draft,
        )

        lead_details.additional_properties = d
        return lead_details

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
