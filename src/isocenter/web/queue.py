"""The queue: requests in the order in which they are due, by filters that the address holds."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from isocenter.report.words import COURSE_NAMES
from isocenter.web import journal, organization
from isocenter.web.fragments import fragment
from isocenter.web.given import number_given
from isocenter.web.models import Person, Request, Role, SavedView
from isocenter.web.models.requests import NOT_ENDED, Priority, State
from isocenter.web.permissions import Action, may

_A_PAGE = 50
_ORDERS = {
    "due": ("due_at", "id"),
    "received": ("-received_at", "-id"),
    "amount": ("-billed_dollars", "due_at", "id"),
    "age": ("received_at", "id"),
}
_SHOWN = (
    "id", "title", "priority", "state", "received_at", "due_at", "clock_stopped_at", "determined_at", "source",
    "progress", "recommendation", "member_id", "site", "provider_npi", "billed_dollars", "is_example", "assignee_id",
)  # fmt: skip
_ORDER_NAMES = (("due", "Due first"), ("age", "Oldest first"), ("received", "Newest first"), ("amount", "Amount"))
_WHOSE = (("", "Anyone"), ("me", "Me"), ("nobody", "Nobody"))
_STATES = (("", "Undecided"), *State.choices(), ("all", "All"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; what is not known in it is passed over."""

    state: str = ""
    priority: str = ""
    recommendation: str = ""
    assignee: str = ""
    site: str = ""
    provider: str = ""
    late: str = ""
    order: str = "due"

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        """The filters of an address."""
        found = {name: query.get(name, "").strip()[:200] for name in cls.__slots__}
        found["order"] = found["order"] if found["order"] in _ORDERS else "due"
        return cls(**found)

    @property
    def query(self) -> str:
        """The filters as the address holds them, without what is usual."""
        chosen = {name: getattr(self, name) for name in self.__slots__}
        return urlencode({name: value for name, value in chosen.items() if value and (name, value) != ("order", "due")})

    def apply(self, person: Person) -> "QuerySet[Request]":
        """The requests that pass, in order."""
        rows = Request.objects.all()
        if self.state in State.values():
            rows = rows.filter(state=self.state)
        elif self.state != "all":
            rows = rows.filter(NOT_ENDED)
        if self.priority in Priority.values():
            rows = rows.filter(priority=self.priority)
        if self.recommendation in list(COURSE_NAMES):
            rows = rows.filter(recommendation=self.recommendation)
        if self.assignee == "me":
            rows = rows.filter(assignee=person)
        elif self.assignee == "nobody":
            rows = rows.filter(assignee=None)
        elif (assignee := number_given(self.assignee)) is not None:
            rows = rows.filter(assignee_id=assignee)
        if self.site:
            rows = rows.filter(site=self.site)
        if self.provider:
            rows = rows.filter(provider_npi=self.provider)
        if self.late:
            rows = rows.filter(due_at__lt=timezone.now(), clock_stopped_at=None)
        return rows.order_by(*_ORDERS[self.order])


def _searched(text: str) -> "QuerySet[Request]":
    """Requests of this number, or whose member, course or title begins with the text."""
    number = text.upper().removeprefix("R-")
    if len(number) < 12 and (key := number_given(number)) is not None:
        return Request.objects.filter(pk=key) | Request.objects.filter(member_id__startswith=text)
    found = Request.objects.filter(member_id__startswith=text) | Request.objects.filter(course_id__startswith=text)
    return found | Request.objects.filter(title__istartswith=text)


def queue(http: HttpRequest) -> HttpResponse:
    """The queue as a page, or for htmx its table alone."""
    filters = Filters.of(http.GET)
    return _show(http, filters, filters.apply(http.user))


def find(http: HttpRequest) -> HttpResponse:
    """Requests by number, member, course or name: a single one is opened. What is looked for stays out of addresses."""
    text = http.POST.get("search", "").strip()[:200]
    rows = _searched(text).order_by("due_at", "id") if text else Request.objects.none()
    found = list(rows.values_list("pk", flat=True)[:2])
    if len(found) == 1:
        return redirect("case", number=found[0])
    return _show(http, Filters(state="all"), rows)


def _show(http: HttpRequest, filters: Filters, rows: "QuerySet[Request]") -> HttpResponse:
    page = Paginator(rows.values_list(*_SHOWN, named=True), _A_PAGE).get_page(http.GET.get("page"))
    shown = list(page.object_list)
    workers = {one.pk: one.shown_name for one in _workers()}
    names = workers | _names({row.assignee_id for row in shown if row.assignee_id} - workers.keys())
    context = {"filters": filters, "page": page, "rows": fragment("queue_rows", rows=shown, names=names)}
    if http.htmx:
        return render(http, "web/queue_rows.html", context)
    context |= {"options": _options(filters, workers), "saved": SavedView.objects.filter(person=http.user)}
    return render(http, "web/queue.html", context)


def _names(keys: set[int]) -> dict[int, str]:
    """Names of people who no longer review."""
    return {key: one.shown_name for key, one in Person.objects.in_bulk(keys).items()} if keys else {}


def _options(filters: Filters, workers: dict[int, str]) -> dict[str, str]:
    """The options of each list of the filters."""
    lists = {
        "states": (_STATES, filters.state),
        "priorities": ((("", "Any"), *Priority.choices()), filters.priority),
        "recommendations": (
            (("", "Any"), *((key.value, name) for key, name in COURSE_NAMES.items())),
            filters.recommendation,
        ),
        "assignees": ((*_WHOSE, *workers.items()), filters.assignee),
        "orders": (_ORDER_NAMES, filters.order),
    }
    return {name: fragment("options", options=options, chosen=chosen) for name, (options, chosen) in lists.items()}


def save_view(http: HttpRequest) -> HttpResponse:
    """Keep the filters of the address under a name."""
    name = http.POST.get("name", "").strip()[:80]
    query = Filters.of(QueryDict(http.POST.get("query", "")[:1000])).query
    if name:
        SavedView.objects.update_or_create(person=http.user, name=name, defaults={"query": query})
    return redirect(f"/?{query}")


def forget_view(http: HttpRequest, view_id: int) -> HttpResponse:
    """Forget a saved view of one's own."""
    SavedView.objects.filter(person=http.user, pk=view_id).delete()
    return redirect("queue")


def take_next(http: HttpRequest) -> HttpResponse:
    """Assign the request that is due first and nobody's, within the filters, to the person at the desk."""
    filters = Filters.of(QueryDict(http.POST.get("query", "")[:1000]))
    with transaction.atomic():
        free = filters.apply(http.user).filter(assignee=None, state=State.OPEN)
        if not organization.is_on("own_uploads"):
            free = free.exclude(uploaded_by=http.user)
        request = free.select_for_update(skip_locked=True).first()
        if request is None:
            messages.info(http, "No open request is unassigned.")
            return redirect(f"/?{filters.query}")
        _assign(request, http.user, http.user)
    return redirect("case", number=request.pk)


def assign(http: HttpRequest, number: Request) -> HttpResponse:
    """Hand a request on to someone, take it, or leave it to nobody."""
    chosen = http.POST.get("assignee", "")
    to = _workers().filter(pk=number_given(chosen)).first()
    if chosen and to is None:
        messages.error(http, "Choose a person who reviews requests.")
        return redirect("case", number=number.pk)
    with transaction.atomic():
        request = Request.objects.select_for_update().get(pk=number.pk)
        if "seen" in http.POST and number_given(http.POST["seen"]) != request.assignee_id and request.assignee != to:
            to_whom = request.assignee.shown_name if request.assignee else "nobody"
            messages.warning(http, f"It was assigned to {to_whom} while this page was open, so nothing was changed.")
        else:
            _assign(request, to, http.user)
    return redirect("case", number=number.pk)


def _assign(request: Request, to: Person | None, by: Person) -> None:
    request.assignee = to
    request.save(update_fields=["assignee"])
    journal.write(by, "assigned", request, to=to.get_username() if to else "")


def _workers() -> "QuerySet[Person]":
    roles = [role for role in Role if may(role, Action.TAKE)]
    found = Person.objects.filter(is_active=True, role__in=roles).order_by("last_name", "username")
    return found.only("username", "first_name", "last_name", "credentials")
