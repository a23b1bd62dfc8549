"""What was sent to the workbench turns no order of letters on its pages, and hides none."""

from django.http import HttpRequest, HttpResponse

from isocenter.web.plain_text import WithoutControls


def _answered(content: str, kind: str) -> str:
    shown = WithoutControls(lambda _: HttpResponse(content, content_type=kind))(HttpRequest())
    assert isinstance(shown, HttpResponse)
    return shown.content.decode()


def test_control_characters_and_turned_text_become_spaces_on_a_page() -> None:
    sent = "<p>a\x00b\x1b[31mc\u202ed\u2066e\x85f</p>\n\tg é 漢"
    assert _answered(sent, "text/html; charset=utf-8") == "<p>a b [31mc d e f</p>\n\tg é 漢"


def test_a_file_that_is_handed_out_stays_as_it_is() -> None:
    assert _answered("a\x1b\u202eb", "text/csv; charset=utf-8") == "a\x1b\u202eb"
