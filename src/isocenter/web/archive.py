"""A request as one archive, from which its recommendation is computed again to the byte."""

import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.http import FileResponse, HttpRequest

from isocenter.bytecode import cut_short
from isocenter.engines.private_folders import working_folder
from isocenter.errors import UnreadableInput
from isocenter.files.structured import parse_json
from isocenter.files.texts import shown
from isocenter.intake.case import read_case
from isocenter.report.as_json import review_as_json
from isocenter.review.reviewer import Reviewer
from isocenter.terms.limits import ARCHIVE_BYTES, FILES_OF_AN_ARCHIVE
from isocenter.web import files_kept, journal
from isocenter.web.models import JournalEntry, Request, ReviewRun
from isocenter.web.pages import sent_file
from isocenter.web.reviewing.running import files_of, not_taken_of, problems_of
from isocenter.workflow import review_contents

_BLOCK = 1 << 20
_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)  # the same request gives the same archive


def export(http: HttpRequest, number: Request) -> FileResponse:
    """The archive of a request as a download; it is put together on disk, for plans are large."""
    journal.write(http.user, "exported", number)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response once it is sent
    write_archive(number, file)
    file.seek(0)
    return sent_file(file, f"{number.number}.zip", "application/zip")


def write_archive(request: Request, file: IO[bytes]) -> None:
    """Inputs and review of every run, letters, determinations and the request's part of the journal, as a zip file."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for run in request.runs.iterator():
            files = files_of(request, run.generation) if request.files_removed_at is None else []
            for name, sha256 in files:
                _put_file(packed, f"run-{run.generation}/inputs/{name}", files_kept.path_of(sha256))
            _put(packed, f"run-{run.generation}/review.json", run.review_json.encode())
            not_taken = not_taken_of(request, run.generation)
            _put(packed, f"run-{run.generation}/run.json", _as_json(_about(run) | {"not_taken": not_taken}))
        for letter in request.letters.iterator():
            _put(packed, f"letters/{letter.number}.pdf", bytes(letter.pdf))
        _put(packed, "determinations.json", _as_json(_determinations(request)))
        entries = JournalEntry.objects.filter(request_number=request.number)
        _put(packed, "journal.json", _as_json([_entry(entry) for entry in entries]))


@dataclass(frozen=True)
class _ArchivedRun:
    """What one run of an archive was asked, and the review that it gave."""

    name: str
    policies: list[str]
    course_chosen: str
    plan_chosen: str
    review_json: bytes
    not_taken: list[tuple[str, str]]


def recompute(archive: Path) -> dict[str, bool]:
    """Review the inputs of every run of an archive again; whether each gives the same JSON to the byte."""
    outcome = {}
    with working_folder() as temporary:
        for run in _unpack(archive, temporary):
            contents = read_case(temporary / run.name / "inputs")
            contents.problems += problems_of(run.not_taken)
            review = review_contents(
                contents,
                Reviewer(run.policies),
                course_id=run.course_chosen,
                chosen_plans=[run.plan_chosen] if run.plan_chosen else (),
                with_pictures=False,
            )
            outcome[run.name] = review_as_json(review).encode() == run.review_json
    return outcome


def _unpack(archive: Path, folder: Path) -> list[_ArchivedRun]:
    """The runs of an archive, whose inputs are put into the folder.

    UnreadableInput where it is not an archive of a request, or a damaged one; OSError where the folder cannot take it.
    """
    with ExitStack() as opened:
        with _read_as_an_archive(archive):
            packed = opened.enter_context(zipfile.ZipFile(archive))
            FILES_OF_AN_ARCHIVE.refuse_beyond(len(packed.filelist), shown(archive))
            ARCHIVE_BYTES.refuse_beyond(sum(one.file_size for one in packed.filelist), shown(archive))
            names = packed.namelist()
            runs = [
                _archived_run(packed, run)
                for run in sorted({n.split("/", 1)[0] for n in names if n.startswith("run-")})
            ]
            if not runs:
                raise ValueError("no run")
            inputs = [name for name in names if any(name.startswith(f"{run.name}/inputs/") for run in runs)]
            for name in inputs:
                _read_to_its_end(packed, name)
        packed.extractall(folder, inputs)
    return runs


@contextmanager
def _read_as_an_archive(archive: Path) -> Iterator[None]:
    """Turns what goes wrong in a file that is not an archive of a request into one sentence; do not write within."""
    try:
        yield
    except IsADirectoryError:
        raise UnreadableInput(f"{archive}: it is a folder; name the archive of one request (.zip)") from None
    except EOFError as mistake:
        raise UnreadableInput(cut_short(mistake) or _no_archive(archive)) from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, KeyError, TypeError, ValueError):
        raise UnreadableInput(_no_archive(archive)) from None


def _no_archive(archive: Path) -> str:
    return f"{archive}: it is not an archive of a request; export the request again"


def _read_to_its_end(packed: zipfile.ZipFile, name: str) -> None:
    """Read a member, for only at its end does its checksum say whether it is damaged."""
    with packed.open(name) as member:
        while member.read(_BLOCK):
            pass


def _archived_run(packed: zipfile.ZipFile, run: str) -> _ArchivedRun:
    about = parse_json(packed.read(f"{run}/run.json"))
    if not isinstance(about, dict):
        raise ValueError("not a run")
    policies = [policy["name"] for policy in about["policies"]]
    chosen = (about["course_chosen"], about["plan_chosen"])
    if not all(isinstance(text, str) for text in (*policies, *chosen)):
        raise ValueError("not a run")
    if not all(name.isidentifier() for name in policies):  # a path, which an archive has no say over
        raise ValueError("not the name of a policy")
    not_taken = [(name, why) for name, why in about.get("not_taken", ())]  # archives of earlier versions say nothing
    if not all(isinstance(text, str) for pair in not_taken for text in pair):
        raise ValueError("not a run")
    return _ArchivedRun(run, policies, *chosen, packed.read(f"{run}/review.json"), not_taken)


def _about(run: ReviewRun) -> dict[str, Any]:
    return {
        "generation": run.generation,
        "version": run.version,
        "policies": run.policies,
        "readings": run.readings,
        "inputs": run.inputs,
        "review_sha256": run.review_sha256,
        "finished_at": run.finished_at.isoformat(),
        "course_chosen": run.course_chosen,
        "plan_chosen": run.plan_chosen,
    }


def _determinations(request: Request) -> list[dict[str, Any]]:
    return [
        {
            "number": made.number,
            "run": made.run.generation,
            "decision": made.decision,
            "agrees": made.agrees,
            "reason": made.reason,
            "text": made.text,
            "stage": made.stage,
            "by": made.by_name,
            "specialty": made.by_specialty,
            "license": made.by_license,
            "made_at": made.made_at.isoformat(),
            "second_reader": made.second_reader_name,
            "lines": [
                [line.claim_line_id, line.decision, line.units_allowed, line.reason, line.text, line.policy, line.rule]
                for line in made.lines.all()
            ],
        }
        for made in request.determinations.all()
    ]


def _entry(entry: JournalEntry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "person": entry.person,
        "role": entry.role,
        "act": entry.act,
        "request": entry.request_number,
        "detail": entry.detail,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _as_json(content: Iterable[Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _put(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    packed.writestr(zipfile.ZipInfo(name, _DAY_OF_ZIP), content, zipfile.ZIP_DEFLATED)


def _put_file(packed: zipfile.ZipFile, name: str, path: Path) -> None:
    about = zipfile.ZipInfo(name, _DAY_OF_ZIP)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.file_size = path.stat().st_size  # beyond 4 GB it is written otherwise
    with path.open("rb") as source, packed.open(about, "w") as target:
        shutil.copyfileobj(source, target, _BLOCK)
