"""What any page of ours must be: well nested, self-contained, and readable without eyes or color."""

from html.parser import HTMLParser
from itertools import pairwise

_VOID = {"meta", "img", "br", "input", "link", "hr", "circle", "path", "rect", "line", "use"}

_WITHIN = ("#", "data:image/", "worklist.html")  # the page itself, and the list beside a summary


class Page(HTMLParser):
    """The elements of a page as they were opened, and what is wrong with their nesting."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.wrong += [f"{tag} is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self._open[-1:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if "main" in self._open:
            self.text.append(data)

    def named(self, *tags: str) -> list[dict[str, str]]:
        """The attributes of the elements with one of these tags, in order."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    def words(self) -> str:
        """The text of its main part, spaces run together."""
        return " ".join(" ".join(self.text).split())


def faults(html: str) -> list[str]:
    """All that keeps a page from being as it must be."""
    page = Page(html)
    found = list(page.wrong)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    found += [f"id {name} appears twice" for name in set(ids) if ids.count(name) > 1]
    found += [f"img without alt: {str(a)[:80]}" for a in page.named("img") if not a.get("alt")]
    found += [f"th without scope: {a}" for a in page.named("th") if a.get("scope") not in ("col", "row")]
    if html.count("<table") != html.count("<caption>"):
        found.append("a table has no caption")
    found += [f"script: {a}" for a in page.named("script", "link", "iframe", "object", "embed", "base")]
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            if name in ("src", "href", "action", "data") and not value.startswith(_WITHIN):
                found.append(f"{tag} reaches outside: {name}={value[:60]}")
            if name.startswith("on"):
                found.append(f"{tag} runs a script: {name}")
            if name in ("aria-labelledby", "for") and not set(value.split()) <= set(ids):
                found.append(f"{tag} names no element: {name}={value}")
            if name == "href" and value.startswith("#") and value[1:] not in ids:
                found.append(f"{tag} leads nowhere: {value}")
    if "url(" in html or "@import" in html or "http:" in html or "https:" in html:
        found.append("the page names an address")
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]
    if levels[:1] != [1] or levels.count(1) != 1:
        found.append(f"headings begin {levels[:3]}, expected one h1 first")
    found += [f"h{a} is followed by h{b}" for a, b in pairwise(levels) if b > a + 1]
    if len(page.named("main")) != 1:
        found.append("there is not one main landmark")
    if page.named("html") != [{"lang": "en"}]:
        found.append("the language is not stated")
    return found
