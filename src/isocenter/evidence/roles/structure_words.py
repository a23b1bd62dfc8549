"""The words of a structure's name, and the side that they state."""

import re
import unicodedata

LATERALITY = {
    **dict.fromkeys(("l", "lt", "left", "lef", "lft", "li", "links", "sin", "izq", "izquierdo", "izquierda"), "left"),
    **dict.fromkeys(("gauche", "gche", "linke", "linker", "linkes", "sx", "sn", "sinistra", "sinistro"), "left"),
    **dict.fromkeys(("r", "rt", "right", "rig", "rgt", "re", "rechts", "dex", "der", "dcho", "derecho"), "right"),
    **dict.fromkeys(("derecha", "droit", "droite", "dte", "rechte", "rechter", "rechtes"), "right"),
    **dict.fromkeys(("izdo", "izda", "izqdo", "izqda", "esquerdo", "esquerda", "esq"), "left"),
    **dict.fromkeys(("direito", "direita", "dir"), "right"),
    **dict.fromkeys(("dx", "destra", "destro", "dcha", "dch", "drt", "drte", "dt", "dext"), "right"),
    **dict.fromkeys(("b", "bil", "bilat", "bilateral", "both", "beide", "beidseits", "bds", "ambos", "ambas"), "both"),
    **dict.fromkeys(("entrambi", "entrambe", "total", "totale", "gesamt", "totaux"), "both"),
    **dict.fromkeys(("lewa", "lewe", "lewy", "lewej", "lewego", "linkerkant"), "left"),
    **dict.fromkeys(("prawa", "prawe", "prawy", "prawej", "prawego", "rechterkant"), "right"),
}
# A lobe of the lung names its side.
LATERALITY |= {**dict.fromkeys(("rul", "rml", "rll"), "right"), **dict.fromkeys(("lul", "lll"), "left")}
# Letters that do not come apart into one of ASCII and an accent.
_WITHOUT_PARTS = str.maketrans(
    {"\u00df": "ss", "\u0153": "oe", "\u0152": "Oe", "\u0142": "l", "\u0141": "L", "\u00f8": "o", "\u00d8": "O"}
)
_FEWEST_OF_A_DOSE = 10  # below, a number behind L or R counts vertebrae or lesions


def words_of(name: str) -> list[str]:
    """Lower-case words and numbers of a name: 'SpinalCord', 'ptv70' and 'LLung' are two words each."""
    return [word for word in re.split(r"[^A-Za-z0-9]+", with_blanks(name).lower()) if word]


def with_blanks(name: str) -> str:
    """A name with blanks between its words and around a target's class; other signs stay.

    Accents are left out, so that names of other languages are words too.
    """
    name = unicodedata.normalize("NFKD", name.translate(_WITHOUT_PARTS)).encode("ascii", "ignore").decode()
    name = re.sub(r"(?<![A-Za-z])LN[ns](?![A-Za-z])", "LN", name)
    spaced = re.sub(r"(i?[gcpi]tv|prv)", r" \1 ", name, flags=re.IGNORECASE)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", spaced)
    spaced = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", spaced)
    return spaced.replace("_", " ")


def sides_of(words: list[str]) -> tuple[str, list[str]]:
    """The side that the words tell (left, right, both or empty) and the words without it."""
    telling = [word in LATERALITY and not _counts(words[place : place + 2]) for place, word in enumerate(words)]
    sides = {LATERALITY[word] for word, tells in zip(words, telling, strict=True) if tells}
    rest = [word for word, tells in zip(words, telling, strict=True) if not tells]
    if not rest:
        return "", words
    return (sides.pop() if len(sides) == 1 else "both" if sides == {"left", "right"} else ""), rest


def _counts(words: list[str]) -> bool:
    """Whether a letter and a number count vertebrae or lesions, as L5 or R1, and name no side."""
    letter, number = (*words, "")[:2]
    return letter in ("l", "r") and number.isdigit() and int(number) < _FEWEST_OF_A_DOSE
