"""The project's hostile texts on the pages of the workbench: none becomes markup."""

import csv
import io
from html.parser import HTMLParser

import pytest
from django.test import Client

from isocenter.web import journal, organization
from isocenter.web.intake.receiving import receive
from isocenter.web.letters import sending
from isocenter.web.models import Document, MarkedPassage, Note, Person, Request, RunFinding
from tests.test_hostile_texts import HOSTILE
from tests.web.people import all_lines, example, made_request, make_person, reviewed, uploads

pytestmark = pytest.mark.usefixtures("workbench")


class _Skeleton(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        for name, value in attrs:
            assert not (name in ("href", "src", "action") and (value or "").startswith("javascript:"))


def _pages(text: str, client, person) -> list[list[tuple[str, ...]]]:
    short = text[:100]
    request = made_request(person, title=short, member_id=short, course_id=short, provider_npi="1999999984")
    Note.objects.create(request=request, by=person, at=request.received_at, text=text, spoken_with=short, kind="note")
    run = request.runs.get()
    run.asked_documents.update(title=short, remedies=[text])
    form = all_lines(request, "pay", "deny", line_text=text[:400])
    form |= {"run": run.pk, "decision": "partly", "text": text, "reason": "clinical_judgment"}
    client.post(f"/requests/{request.pk}/decide", form)
    letter = request.letters.get()
    addresses = ["/?state=all", f"/requests/{request.pk}", f"/requests/{request.pk}/letters/{letter.pk}"]
    pages = [client.get(address) for address in addresses]
    preview = sending.letter_as_page(sending.preview_request(request, [1]))
    assert [page.status_code for page in pages] == [200] * 3
    return [_Skeleton(page.content.decode()).tags for page in pages] + [_Skeleton(preview).tags]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_text_stays_text_on_every_page(text: str, sign_in) -> None:
    client = sign_in("physician")
    person = make_person("intake")
    plain = _pages("harmless", client, person)
    found = _pages(text, client, person)
    assert found[1:] == plain[1:]
    assert len(found[0]) > len(plain[0])  # the queue holds one request more
    assert {tag for tag, *_ in found[0]} == {tag for tag, *_ in plain[0]}


def _fill_the_house(text: str, place: int) -> None:
    """A person, a request that he or she has, a finding, settings and an entry of the journal, all of this text."""
    short = text[:60]
    about = {"first_name": short, "last_name": short, "specialty": short, "credentials": short}
    made = make_person("physician", f"physician-{place}", **about)
    request = made_request(made, site="prostate", assignee=made)
    RunFinding.objects.create(
        run=request.runs.get(), policy=short, rule=short, title=short, cites=short, subject_kind="course",
        subject_id=short, subject=short, outcome="unmet", effect="deny", because=text,
    )  # fmt: skip
    for setting in ("sender", "answer_to", "appeal_rights"):
        organization.change(setting, text, made)
    journal.write(made, "changed settings", request, settings={short: text})


def _tags_of_the_house(clients: dict[str, Client]) -> set[tuple[str, ...]]:
    person, request = Person.objects.get(username="physician-0"), Request.objects.latest("pk")
    addresses = [
        ("administrator", "/people"), ("administrator", f"/people/{person.pk}"), ("administrator", "/settings"),
        ("auditor", "/journal"), ("auditor", "/figures"), ("nurse", "/"), ("nurse", f"/requests/{request.pk}"),
    ]  # fmt: skip
    pages = [clients[role].get(address) for role, address in addresses]
    assert [page.status_code for page in pages] == [200] * len(pages)
    return {tag for page in pages for tag in _Skeleton(page.content.decode()).tags}


def test_hostile_names_settings_and_journal_entries_stay_text(sign_in) -> None:
    clients = {role: sign_in(role, f"{role}-at-the-desk") for role in ("administrator", "auditor", "nurse")}
    _fill_the_house("harmless", 0)
    clients["nurse"].post("/views/save", {"name": "harmless", "query": "late=yes"})
    plain = _tags_of_the_house(clients)
    for place, text in enumerate(HOSTILE, start=1):
        _fill_the_house(text, place)
        clients["nurse"].post("/views/save", {"name": text[:60], "query": "late=yes"})
    assert _tags_of_the_house(clients) - plain == set()


def test_hostile_words_of_a_chart_stay_text_beside_its_page(sign_in) -> None:
    intake = make_person("intake")
    request = made_request(intake)
    [received, *_] = receive(uploads({"chart.pdf": example("esophagus_from_its_chart")["chart.pdf"]}))[0]
    document = Document.objects.create(
        request=request, name="chart.pdf", sha256=received.sha256, size_bytes=received.size_bytes,
        kind=received.kind, added_by=intake, added_at=request.received_at,
    )  # fmt: skip
    MarkedPassage.objects.create(
        run=request.runs.get(), file="chart.pdf", page=1, statement="prescription", words="50 Gy", sureness=1.0,
        left_pt=10.0, top_pt=10.0, right_pt=90.0, bottom_pt=30.0, counted=True,
    )  # fmt: skip
    passages = MarkedPassage.objects.all()
    client = sign_in("nurse")
    addresses = [f"/requests/{request.pk}", f"/requests/{request.pk}/chart/{document.pk}/1"]
    plain = [_Skeleton(client.get(address).content.decode()).tags for address in addresses]
    text = " ".join(HOSTILE)
    passages.update(statement=text[:400], words=text, document_id=text[:300])
    assert [_Skeleton(client.get(address).content.decode()).tags for address in addresses] == plain


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{ 7 * 7 }}"])
def test_a_hostile_claim_and_file_name_stay_text_on_the_page_of_a_request(text: str, sign_in) -> None:
    row = io.StringIO()
    csv.writer(row).writerow([text, text + "-c", 1, "2024-03-18", "77301", 1, "professional", "1999999984", text])
    header = "claim_line_id,claim_id,line_number,service_date,procedure_code,units,setting,billing_npi,member_id\n"
    files = {"claim_lines.csv": (header + row.getvalue()).encode(), f"{text.replace('/', '_')}.bin": b"\0\1"}
    request = reviewed(make_person("intake"), files)
    page = sign_in("nurse").get(f"/requests/{request.pk}").content.decode()
    skeleton = _Skeleton(page).tags
    assert all(tag != "script" or "src" in attributes for tag, *attributes in skeleton)
    assert not any(name.startswith("on") for _, *attributes in skeleton for name in attributes)
    assert "49" not in page.split("77301", 1)[0][-50:]


def test_an_uploaded_file_is_never_served_itself(sign_in) -> None:
    files = {"page.html": b"<script>alert(1)</script>", "claim_lines.csv": b"x"}
    from tests.web.people import opened  # noqa: PLC0415

    request = opened(make_person("intake"), files)
    document = request.documents.get(name="page.html")
    client = sign_in("nurse")
    assert client.get(f"/requests/{request.pk}/chart/{document.pk}/1").status_code == 404
    assert client.get(f"/requests/{request.pk}/chart/{document.pk}/1.png").status_code == 404
