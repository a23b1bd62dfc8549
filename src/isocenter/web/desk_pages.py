"""Pages of the organization: its settings, its journal, its examples, its style, and whether it answers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control

from isocenter.errors import IsocenterError
from isocenter.report.page import review_style
from isocenter.report.words import sentence
from isocenter.web import journal, organization
from isocenter.web.examples import load_examples
from isocenter.web.models import JournalEntry
from isocenter.web.pages import plain

_A_PAGE = 100


def settings_page(http: HttpRequest) -> HttpResponse:
    """Every setting with its value, its default and where that comes from."""
    rows = [(setting, organization.value_of(setting.name)) for setting in organization.SETTINGS]
    return render(http, "web/settings.html", {"rows": rows})


def change_settings(http: HttpRequest) -> HttpResponse:
    """Change the settings that differ; where one is not allowed, none is changed."""
    changed = {
        setting.name: http.POST[setting.name]
        for setting in organization.SETTINGS
        if setting.name in http.POST and http.POST[setting.name].strip() != organization.value_of(setting.name)
    }
    try:
        with transaction.atomic():
            for name, value in changed.items():
                organization.change(name, value, http.user)
            if changed:
                journal.write(http.user, "changed settings", settings=changed)
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
    else:
        messages.success(http, "Saved." if changed else "Nothing was changed.")
    return redirect("settings")


def journal_page(http: HttpRequest) -> HttpResponse:
    """The journal, newest first, of one request or person where the address names it."""
    rows = JournalEntry.objects.order_by("-sequence")
    if http.GET.get("request"):
        rows = rows.filter(request_number=http.GET["request"].strip()[:20])
    if http.GET.get("person"):
        rows = rows.filter(person=http.GET["person"].strip()[:200])
    page = Paginator(rows, _A_PAGE).get_page(http.GET.get("page"))
    return render(http, "web/journal.html", {"page": page, "asked": http.GET})


def verify_journal(http: HttpRequest) -> HttpResponse:
    """Walk along the whole chain and say what was found."""
    return render(http, "web/journal_verified.html", {"verified": journal.verify()})


def bring_examples(http: HttpRequest) -> HttpResponse:
    """Load the bundled examples as requests; they are left out of all figures."""
    count = load_examples(http.user)
    messages.success(http, f"{count} examples are being reviewed." if count else "The examples are already here.")
    return redirect("queue")


@cache_control(max_age=3600, public=True)
def style_of_reviews(http: HttpRequest) -> HttpResponse:  # noqa: ARG001  # as every view
    """The style sheet of the review's page."""
    return HttpResponse(review_style(), content_type="text/css; charset=utf-8")


def health(http: HttpRequest) -> HttpResponse:  # noqa: ARG001  # as every view
    """Whether the database answers, for whoever watches the process; it says nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return plain("ok\n")
