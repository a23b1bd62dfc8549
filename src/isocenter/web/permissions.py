"""Who may do what: one table, asked on the server for every page and every act."""

from enum import StrEnum

from isocenter.web.models.people import Role


class Action(StrEnum):
    """One thing that a person does in the workbench."""

    SEE_REQUESTS = "see_requests"
    SEE_CASE = "see_case"
    ADD_FILES = "add_files"
    TAKE = "take"
    HAND_ON = "hand_on"
    ASK_FOR_DOCUMENTS = "ask_for_documents"
    APPROVE = "approve"
    REFUSE = "refuse"
    READ_SECOND = "read_second"
    REOPEN = "reopen"
    NOTE = "note"
    SPEAK_WITH_PEER = "speak_with_peer"
    SEE_FIGURES = "see_figures"
    SEE_JOURNAL = "see_journal"
    EXPORT = "export"
    MANAGE_PEOPLE = "manage_people"
    CHANGE_SETTINGS = "change_settings"
    USE_OWN_ACCOUNT = "use_own_account"


_EVERYONE = frozenset(Role)
_READERS = _EVERYONE - {Role.ADMINISTRATOR}
_REVIEWERS = frozenset({Role.NURSE, Role.PHYSICIAN})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE_REQUESTS: _READERS,
    Action.SEE_CASE: _READERS,
    Action.ADD_FILES: frozenset({Role.INTAKE, Role.NURSE, Role.PHYSICIAN}),
    Action.TAKE: frozenset({Role.NURSE, Role.PHYSICIAN, Role.PHYSICIST}),
    Action.HAND_ON: frozenset({Role.INTAKE, Role.NURSE, Role.PHYSICIAN, Role.PHYSICIST}),
    Action.ASK_FOR_DOCUMENTS: _REVIEWERS,
    Action.APPROVE: _REVIEWERS,
    Action.REFUSE: frozenset({Role.PHYSICIAN}),
    Action.READ_SECOND: frozenset({Role.PHYSICIAN}),
    Action.REOPEN: _REVIEWERS,
    Action.NOTE: frozenset({Role.INTAKE, Role.NURSE, Role.PHYSICIAN, Role.PHYSICIST}),
    Action.SPEAK_WITH_PEER: frozenset({Role.PHYSICIAN}),
    Action.SEE_FIGURES: frozenset({Role.NURSE, Role.PHYSICIAN, Role.AUDITOR, Role.ADMINISTRATOR}),
    Action.SEE_JOURNAL: frozenset({Role.AUDITOR}),
    Action.EXPORT: frozenset({Role.AUDITOR, Role.PHYSICIAN}),
    Action.MANAGE_PEOPLE: frozenset({Role.ADMINISTRATOR}),
    Action.CHANGE_SETTINGS: frozenset({Role.ADMINISTRATOR}),
    Action.USE_OWN_ACCOUNT: _EVERYONE,
}


def may(role: str, action: Action) -> bool:
    """Whether someone of this role may do this."""
    return role in ALLOWED[action]
