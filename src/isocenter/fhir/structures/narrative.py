"""Says whether a narrative is basic XHTML, as htmlChecks() of FHIR R4 asks."""

import re
from functools import lru_cache
from xml.etree import ElementTree

_XHTML = "{http://www.w3.org/1999/xhtml}"
_HTML = frozenset(
    (
        "a", "abbr", "acronym", "address", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
        "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
        "img", "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "style", "sub", "sup",
        "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
    )
)  # fmt: skip


@lru_cache(maxsize=256)
def is_basic_html(div: str) -> bool:
    """Whether a narrative is one div of basic formatting that says something: no scripts, forms or frames."""
    if "<!DOCTYPE" in div or "<!ENTITY" in div:
        return False
    try:
        root = ElementTree.fromstring(re.sub(r"&(?!amp;|lt;|gt;|quot;|apos;|#)\w+;", " ", div))
    except ElementTree.ParseError:
        return False
    names = [str(one.tag).removeprefix(_XHTML) for one in root.iter()]
    handlers = any(key.lower().startswith("on") for one in root.iter() for key in one.attrib)
    has_content = bool("".join(root.itertext()).strip()) or "img" in names
    return root.tag == f"{_XHTML}div" and set(names) <= _HTML and not handlers and has_content
