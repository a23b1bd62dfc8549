"""What a request has got so far, asked of the database in one query: most have no letters, notes or passages."""

from typing import NamedTuple

from django.db import connection

from isocenter.web.models import (
    AskedDocument,
    ClockEvent,
    Determination,
    Letter,
    MarkedPassage,
    Note,
    Request,
    ReviewRun,
)

_OF_THE_REQUEST = (Letter, Note, ClockEvent, Determination)
_OF_THE_RUN = (MarkedPassage, AskedDocument)


class Held(NamedTuple):
    """Of what there is at least one."""

    letters: bool
    notes: bool
    clock_events: bool
    determinations: bool
    passages: bool  # of the run that is shown
    asked: bool


def held_by(request: Request, run: ReviewRun | None) -> Held:
    """What a request has, and what the run of it that is shown has."""
    wanted = [(model, "request_id") for model in _OF_THE_REQUEST] + [(model, "run_id") for model in _OF_THE_RUN]
    quoted = connection.ops.quote_name
    parts = [f"exists(select 1 from {quoted(model._meta.db_table)} where {key} = %s)" for model, key in wanted]
    run_key = run.pk if run else None
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {', '.join(parts)}",
            [request.pk] * len(_OF_THE_REQUEST) + [run_key] * len(_OF_THE_RUN),
        )
        return Held(*map(bool, cursor.fetchone()))
