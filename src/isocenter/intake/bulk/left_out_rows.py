"""Rows of a table that are left out: those that the mapping leaves out, and earlier versions of a claim."""

from isocenter.engines.database import identity, literal
from isocenter.intake.bulk.claim_versions import SUFFIXES
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.line_reasons import NO_DAY, NOTHING, says_something_sql
from isocenter.intake.bulk.value_expressions import as_text, number_of, raw_text, text_expression
from isocenter.intake.bulk.value_forms import OF_NO_SERVICE


def left_out_reason(layout: Layout) -> str:
    """Why the mapping leaves a row out, '' where it does not; reads the table latest_versions where it has versions."""
    tests = []
    for entry in layout.leave_out:
        text = f"coalesce(trim({as_text(entry.column)}), '')"
        number = number_of(layout, identity(entry.column), "double")
        values = ", ".join(literal(value.lower()) for value in entry.values)
        condition = f"lower({text}) in ({values})"
        if entry.below is not None:
            condition = f"coalesce({number} < {entry.below}, false)"
        elif entry.filled:
            condition = says_something_sql(text, (*NOTHING, *NO_DAY))
        tests.append(f"when {condition} then {literal(entry.reason)}")
    code = layout.columns.get("procedure_code")
    if code is not None and code.column and not layout.is_clean:
        text = f"trim({as_text(code.column)})"
        repeats = f"{text} = {literal(code.column)} or starts_with({text}, '---')"
        tests.append(f"when coalesce({repeats}, false) then 'it repeats the header'")
        # Only of a row without a code, which few are, is more worked out.
        member = says_something_sql(raw_text(layout, "member_id"))
        day = says_something_sql(raw_text(layout, "service_date"), (*NOTHING, *NO_DAY))
        is_empty = f"{text_expression(layout, 'revenue_code')} = '' and not ({member} and {day})"
        tests.append(f"when coalesce({text}, '') = '' and {is_empty} then {literal(OF_NO_SERVICE)}")
    if layout.has_versions:
        row = f"row({version_key(layout)}, {_version(layout)})"
        tests.append(
            f"when {row} not in (select row(claim, version) from latest_versions)"
            " then 'a later version of the claim was supplied'"
        )
    return f"case {' '.join(tests)} else '' end" if tests else "''"


def where_in_force(layout: Layout) -> str:
    """The clause for a query of claims without those that were denied, and without earlier versions.

    '' where the mapping knows of none. What such a claim says counts no more than the claim itself.
    """
    return f" where {left_out_reason(layout)} = ''" if layout.leave_out or layout.has_versions else ""


def version_key(layout: Layout) -> str:
    """The claim that versions of a claim share: the original that an adjusted one names, or its own number."""
    claim, member = (text_expression(layout, name) for name in ("claim_id", "member_id"))
    if layout.latest_version and "original_claim_id" in layout.columns:
        claim = f"coalesce(nullif({text_expression(layout, 'original_claim_id')}, ''), {claim})"
    if not layout.latest_version:
        number = f"regexp_replace(upper({claim}), {literal(SUFFIXES[layout.version_suffix])}, '')"
        claim = f"case when {_has_no_versions(layout)} then concat({claim}, ' as numbered') else {number} end"
    return f"concat({claim}, ' of ', {member})"


def versions_query(layout: Layout, relation: str) -> str:
    """The claims of a relation, each line with the version that it is of."""
    return f"select {version_key(layout)} as claim, {_version(layout)} as version from {relation}"


def _version(layout: Layout) -> str:
    """The version of a line's claim: 01 and 1.0 are 1; a number without a suffix is of the first."""
    if not layout.latest_version:
        suffix = (
            f"regexp_extract(upper({text_expression(layout, 'claim_id')}), {literal(SUFFIXES[layout.version_suffix])})"
        )
        version = f"coalesce(nullif(ltrim(regexp_extract({suffix}, '[0-9]+$'), '0'), ''), '0')"
        return f"case when {_has_no_versions(layout)} then '0' else {version} end"
    return f"regexp_replace(coalesce(trim({as_text(layout.latest_version)}), ''), '^0*([0-9]+)([.]0*)?$', '\\1')"


def _has_no_versions(layout: Layout) -> str:
    """The condition on lines of the providers the ends of whose claim numbers are no versions."""
    providers = ", ".join(map(literal, layout.without_versions))
    return f"{text_expression(layout, 'billing_npi')} in ({providers})" if providers else "false"


def latest_versions_query(versions: str) -> str:
    """Each claim with its latest version: the highest as a number, else as a text."""
    return (
        "select claim, arg_max(version, row(coalesce(try_cast(version as double), -1), version)) as version"
        f" from ({versions}) group by claim"
    )
