"""Which course of a case is reviewed, and why there is none."""

from collections.abc import Sequence
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.facts.stores import Store
from isocenter.terms.courses import Course
from isocenter.terms.problems import Problem

_COURSES_NAMED = 8  # more than these are a matter of a screening


def only_course(store: Store, course_id: str, problems: Sequence[Problem], where: str = "the case") -> Course:
    """The course of a name, or the only one; UnreadableInput where it was not supplied, or several were."""
    courses: list[Course] = store.rows("courses")
    names = [course.course_id for course in courses]
    if not courses:
        raise UnreadableInput(why_no_course(store, problems, where))
    if course_id:
        if course_id not in names:
            raise UnreadableInput(f"no course {course_id!r} in the case; it holds {', '.join(names)}")
        return courses[names.index(course_id)]
    if len(courses) > _COURSES_NAMED:
        raise UnreadableInput(
            f"the case holds {len(courses)} courses: `isocenter screen` judges them all, and --each FOLDER reviews"
            " every one; or choose one with --course"
        )
    if len(courses) > 1:
        parted = "; where a break split one course in two, set course_gap_days with --readings"
        raise UnreadableInput(
            f"the case holds {len(courses)} courses ({', '.join(names)}); choose one with --course"
            + (parted if len({course.member_id for course in courses}) == 1 else "")
            + "; --each FOLDER reviews every one"
        )
    return courses[0]


def expect_one_to_fill_in(claims: Path, courses: Sequence[str]) -> None:
    """A case folder is begun for one course: unlike a review, it knows no way to take all or to part them otherwise."""
    if len(courses) > 1:
        more = f" and {len(courses) - _COURSES_NAMED:,} more" if len(courses) > _COURSES_NAMED else ""
        raise UnreadableInput(
            f"{claims}: it holds {len(courses):,} courses ({', '.join(courses[:_COURSES_NAMED])}{more}); choose one"
            " with --course"
        )


def why_no_course(store: Store, problems: Sequence[Problem], where: str = "the case") -> str:
    """The sentence for claims, or a case, that hold no course of radiation therapy."""
    if store.rows("claim_lines"):
        reason = "no claim line has a code of radiation therapy"
    else:
        reason = "it holds no claim lines, and case.yaml lists no course under `courses:`; add either"
    first = f"; {problems[0].path or problems[0].place}: {problems[0].sentence}" if problems else ""
    return f"no course of radiation therapy in {where}: {reason}{first}"
