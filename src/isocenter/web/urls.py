"""Every address of the workbench, with who may ask for it and what the journal says of it."""

from django.conf import settings
from django.urls import include, path

from isocenter.web import (
    archive,
    case,
    case_decisions,
    case_files,
    case_letters,
    desk_pages,
    figures,
    public_figures,
    queue,
)
from isocenter.web.accounts import views as accounts
from isocenter.web.pages import Page
from isocenter.web.permissions import Action
from isocenter.web.viewer import views as viewer

_CASE = "requests/<int:number>"
PAGES = (
    Page("queue", "", Action.SEE_REQUESTS, queue.queue, recorded_as="looked at the queue"),
    Page("find", "find", Action.SEE_REQUESTS, queue.find, "POST", "looked for a request"),
    Page("save-view", "views/save", Action.SEE_REQUESTS, queue.save_view, "POST"),
    Page("forget-view", "views/<int:view_id>/forget", Action.SEE_REQUESTS, queue.forget_view, "POST"),
    Page("take-next", "take-next", Action.TAKE, queue.take_next, "POST"),
    Page("new-request", "requests/new", Action.ADD_FILES, case_files.new_request),
    Page("open-request", "requests/open", Action.ADD_FILES, case_files.open_new, "POST"),
    Page("case", _CASE, Action.SEE_CASE, case.case, recorded_as="looked at a request"),
    Page("progress", f"{_CASE}/progress", Action.SEE_CASE, case.progress),
    Page("add-files", f"{_CASE}/files", Action.ADD_FILES, case_files.add_files, "POST"),
    Page("set-aside", f"{_CASE}/files/aside", Action.ADD_FILES, case_files.set_files_aside, "POST"),
    Page("match", f"{_CASE}/match", Action.ADD_FILES, case_files.match, "POST"),
    Page("choose-course", f"{_CASE}/course", Action.ADD_FILES, case_files.choose_course, "POST"),
    Page("assign", f"{_CASE}/assign", Action.HAND_ON, queue.assign, "POST"),
    Page("note", f"{_CASE}/notes", Action.NOTE, case.note, "POST"),
    Page("decide", f"{_CASE}/decide", Action.APPROVE, case_decisions.decide, "POST"),
    Page("preview-decision", f"{_CASE}/decide/preview", Action.APPROVE, case_decisions.preview_decision, "POST"),
    Page("read-second", f"{_CASE}/second", Action.READ_SECOND, case_decisions.read_second, "POST"),
    Page("reopen", f"{_CASE}/reopen", Action.REOPEN, case_decisions.reopen, "POST"),
    Page("preview-request", f"{_CASE}/ask/preview", Action.ASK_FOR_DOCUMENTS, case_letters.preview_request, "POST"),
    Page("send-request", f"{_CASE}/ask", Action.ASK_FOR_DOCUMENTS, case_letters.send_request, "POST"),
    Page(
        "letter",
        f"{_CASE}/letters/<int:letter_id>",
        Action.SEE_CASE,
        case_letters.letter,
        recorded_as="looked at a letter",
    ),
    Page(
        "letter-pdf",
        f"{_CASE}/letters/<int:letter_id>.pdf",
        Action.SEE_CASE,
        case_letters.letter_pdf,
        recorded_as="took a letter",
    ),
    Page("review-json", f"{_CASE}/review.json", Action.SEE_CASE, case.review_json, recorded_as="took a review"),
    Page("plan", f"{_CASE}/plan", Action.SEE_CASE, viewer.plan, recorded_as="looked at a plan"),
    Page("plan-about", f"{_CASE}/plan/<int:run_id>/about", Action.SEE_CASE, viewer.plan_about),
    Page("plan-portals", f"{_CASE}/plan/<int:run_id>/portals", Action.SEE_CASE, viewer.plan_portals),
    Page("plan-slice", f"{_CASE}/plan/<int:run_id>/<str:plane>/<int:index>", Action.SEE_CASE, viewer.plan_slice),
    Page("picture", f"{_CASE}/pictures/<str:sha256>", Action.SEE_CASE, viewer.picture),
    Page(
        "chart",
        f"{_CASE}/chart/<int:document_id>/<int:page>",
        Action.SEE_CASE,
        viewer.chart,
        recorded_as="looked at a chart page",
    ),
    Page("chart-picture", f"{_CASE}/chart/<int:document_id>/<int:page>.png", Action.SEE_CASE, viewer.chart_picture),
    Page("export", f"{_CASE}/archive", Action.EXPORT, archive.export),
    Page("figures", "figures", Action.SEE_FIGURES, figures.dashboard),
    Page("public-figures", "figures/public/<int:year>", Action.SEE_FIGURES, public_figures.public_page),
    Page("public-figures-csv", "figures/public/<int:year>.csv", Action.SEE_FIGURES, public_figures.public_csv),
    Page("journal", "journal", Action.SEE_JOURNAL, desk_pages.journal_page, recorded_as="looked at the journal"),
    Page("verify-journal", "journal/verify", Action.SEE_JOURNAL, desk_pages.verify_journal),
    Page("people", "people", Action.MANAGE_PEOPLE, accounts.people),
    Page("invite", "people/invite", Action.MANAGE_PEOPLE, accounts.invite, "POST"),
    Page("person", "people/<int:person_id>", Action.MANAGE_PEOPLE, accounts.person),
    Page("change-person", "people/<int:person_id>/change", Action.MANAGE_PEOPLE, accounts.change_person, "POST"),
    Page(
        "remove-second-factor",
        "people/<int:person_id>/second-factor/remove",
        Action.MANAGE_PEOPLE,
        accounts.remove_second_factor,
        "POST",
    ),
    Page("settings", "settings", Action.CHANGE_SETTINGS, desk_pages.settings_page),
    Page("change-settings", "settings/change", Action.CHANGE_SETTINGS, desk_pages.change_settings, "POST"),
    Page("bring-examples", "examples", Action.ADD_FILES, desk_pages.bring_examples, "POST"),
    Page("account", "account", Action.USE_OWN_ACCOUNT, accounts.account),
)

urlpatterns = [
    *(page.route() for page in PAGES),
    path("sign-in", accounts.SignIn.as_view(), name="sign-in"),
    path("sign-out", accounts.SignOut.as_view(), name="sign-out"),
    path("invitation/<str:secret>", accounts.invitation, name="invitation"),
    path("account/second-factor", accounts.second_factor, name="second-factor"),
    path("account/second-factor/new", accounts.set_up_second_factor, name="set-up-second-factor"),
    path("account/second-factor/picture", accounts.second_factor_picture, name="second-factor-picture"),
    path("style/review.css", desk_pages.style_of_reviews, name="review-style"),
    path("health", desk_pages.health, name="health"),
]
if settings.SINGLE_SIGN_ON:
    urlpatterns.append(path("oidc/", include("mozilla_django_oidc.urls")))

handler400 = "isocenter.web.mistakes.bad_request"
handler403 = "isocenter.web.mistakes.forbidden"
handler404 = "isocenter.web.mistakes.not_found"
handler500 = "isocenter.web.mistakes.fault"
