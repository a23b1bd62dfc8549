"""What the workbench keeps: people, requests, reviews, determinations, letters and the journal."""

from isocenter.web.models.desk import SavedView, Setting
from isocenter.web.models.determinations import Determination, LineDetermination
from isocenter.web.models.journal import JournalEntry
from isocenter.web.models.letters import Letter, RequestedDocument
from isocenter.web.models.people import Invitation, Person, Role
from isocenter.web.models.requests import AnsweredAtOnce, ClockEvent, Document, Note, Request
from isocenter.web.models.reviews import AskedDocument, MarkedPassage, ReviewedLine, ReviewRun, RunFinding

__all__ = [
    "AnsweredAtOnce",
    "AskedDocument",
    "ClockEvent",
    "Determination",
    "Document",
    "Invitation",
    "JournalEntry",
    "Letter",
    "LineDetermination",
    "MarkedPassage",
    "Note",
    "Person",
    "Request",
    "RequestedDocument",
    "ReviewRun",
    "ReviewedLine",
    "Role",
    "RunFinding",
    "SavedView",
    "Setting",
]
