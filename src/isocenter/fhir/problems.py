"""A request that cannot be answered: the status and the sentence that say so."""

from isocenter.errors import IsocenterError


class Refused(IsocenterError):
    """A request that is refused, with the HTTP status and the kind of issue (code system issue-type of FHIR)."""

    def __init__(self, status: int, code: str, sentence: str, expression: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.expression = expression
