"""Claims of a case that appear twice or were replaced: which are left out, and what is said of them."""

from collections import Counter
from pathlib import Path

from isocenter.files.folders import without_copies
from isocenter.intake.bulk.claim_versions import claims_of_earlier_versions
from isocenter.intake.case_contents import CaseContents, shown_in
from isocenter.intake.corrections_without_codes import corrections_with_codes
from isocenter.intake.formats import Format, format_where_readable
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import Problem, clause, worded

_OF_CLAIMS = {Format.X12, Format.CLAIMS_TABLE, Format.CSV_TABLE, Format.PARQUET_TABLE}


def leave_out_earlier_versions(contents: CaseContents) -> None:
    """Keep the last version of a claim in tables of claims; those of one payer's table are known already."""
    if len(contents.tables_of_claims) < 2 and not contents.versions_are_open:
        return
    places = {place for table in contents.tables_of_claims for place in table}
    lines = [row for place, row in enumerate(contents.rows) if place in places and isinstance(row, ClaimLine)]
    ends, earlier = claims_of_earlier_versions(lines)
    left_out = sum((line.claim_id, line.member_id) in earlier for line in lines)
    gone = (
        place
        for place in places
        if isinstance(row := contents.rows[place], ClaimLine | ClaimDiagnosis)
        and (row.claim_id, row.member_id) in earlier
    )
    _leave_out_rows(contents, set(gone))
    if left_out:
        sentence = worded(
            "{counting}; rows of earlier versions that were left out: {left_out}",
            counting=clause(ends.sentence),
            left_out=left_out,
        )
        contents.problems.append(Problem("", "claims", sentence))
    elif ends.sentence and not ends.are_versions:
        contents.problems.append(Problem("", "claims", ends.sentence))


def lose_corrections_without_codes(contents: CaseContents) -> None:
    """Lose rows without a code that are all there is of a claim that corrects another; those of others are counted."""
    if not contents.of_corrections:
        return
    coded = corrections_with_codes((one for _, one in contents.of_corrections), contents.rows)
    passed_over: Counter[str] = Counter()
    for name, one in contents.of_corrections:
        if one.correction in coded:
            passed_over[name] += not one.has_a_code
            continue
        for said in one.said:
            if isinstance(said, Problem):
                contents.problems.append(said._replace(path=name))
                contents.lines_lost += 1
            else:
                contents.values_lost.append(said._replace(path=name))
    for name, rows in passed_over.items():
        sentence = worded("rows of corrections without a procedure code, which are not kept: {lines}", lines=rows)
        contents.problems += [Problem(name, "", sentence)] if rows else []


def leave_out_transactions(contents: CaseContents) -> None:
    """Keep no claim of an 837 that is a chart review, or whose transaction is a copy or a test beside claims."""
    left_out = contents.claim_keys.transactions.left_out()
    gone = {
        place
        for place in contents.places_of_x12
        if isinstance(row := contents.rows[place], ClaimLine | ClaimDiagnosis) and row.claim_id in left_out
    }
    _leave_out_rows(contents, gone)
    said = dict.fromkeys(left_out.values())
    contents.problems += [problem._replace(path=contents.names_of_x12[problem.path]) for problem in said]


def _leave_out_rows(contents: CaseContents, gone: set[int]) -> None:
    """Drop the rows at these places; what is known of the places of others moves with them."""
    if not gone:
        return
    kept = [place for place in range(len(contents.rows)) if place not in gone]
    moved = {place: new for new, place in enumerate(kept)}
    contents.rows = [contents.rows[place] for place in kept]
    contents.places_of_x12 = {moved[place] for place in contents.places_of_x12 if place in moved}
    contents.tables_of_claims = [{moved[place] for place in one if place in moved} for one in contents.tables_of_claims]


def without_copies_of_claims(contents: CaseContents, files: list[Path]) -> list[Path]:
    """The files without further copies of one file of claims, each of which is named: its lines were billed once."""
    _, copies = without_copies(files)
    left_out: set[Path] = set()
    for copy, original in copies.items():
        if format_where_readable(copy) in _OF_CLAIMS:
            sentence = worded(
                "it is byte for byte the same as {value}; it was left out", value=shown_in(contents, original)
            )
            contents.problems.append(Problem(shown_in(contents, copy), "", sentence))
            left_out.add(copy)
    return [file for file in files if file not in left_out]
