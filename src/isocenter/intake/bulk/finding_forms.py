"""How the values of the columns that were found are to be read: days, settings, coverages, amounts, versions."""

from collections import defaultdict
from contextlib import suppress

from isocenter.intake.bulk import value_forms
from isocenter.intake.bulk.amounts import plain_amount, writes_decimal_commas
from isocenter.intake.bulk.claim_versions import BY_ALL_ROWS
from isocenter.intake.bulk.code_shapes import LINE_NUMBER, share
from isocenter.intake.bulk.column_names import (
    columns_by_meaning,
    coverage_by_usual_names,
    coverage_of_extract,
    is_of_a_claim,
    version_columns,
)
from isocenter.intake.bulk.draft import DAYS, FITS, RECEIVED, Draft
from isocenter.intake.bulk.name_words import words_of

_CENT = 0.011  # two amounts that are rounded apart


def take_dates(draft: Draft) -> None:
    names = (*DAYS, RECEIVED)
    columns = {name: source for name in names if isinstance(source := draft.lines.get(name), str)}
    said = {name: draft.values(source) for name, source in columns.items()}
    forms = value_forms.date_forms_of(said, draft.days_beside)
    for name, source in columns.items():
        if not draft.values(source):
            continue
        form = forms.get(name)
        is_of_one_form = form is not None and form.share >= FITS and not form.of_both
        if name == RECEIVED and not is_of_one_form:
            del draft.lines[name]  # nothing says what came first; the order of the rows decides
        elif (form is None or form.share < FITS) and name in draft.known:
            pass  # the lines of the others are rejected, each with its reason
        elif form is None or form.share < FITS:
            shown = " and ".join(value_forms.one_of_each_form(draft.values(source)))
            sentence = f"the days in {source} are not all of one known form: {shown}; write them all as 2025-02-24"
            if any(map(value_forms.is_a_range_of_days, draft.values(source))):
                sentence += ", and the last day of a range in a separate column, such as last_service_date"
            draft.doubts.append(f"{name}: {sentence}")
        elif form.of_both and name in draft.known:
            continue  # both forms are read when the layout is fitted to the values
        elif form.of_both:
            of = (
                f"some days in {source}"
                if value_forms.date_forms_of(said)[name].of_both
                else "in files of these columns, some"
            )
            draft.doubts.append(f"{name}: {of} fit {form.form} alone, and some {form.other} alone")
            continue
        elif form.other and not form.form.startswith("%m/") and name not in draft.known:
            meant = value_forms.meant_by_both(draft.values(source), form)
            draft.doubts.append(f"{name}: {source} may be written as {form.form} or as {form.other}{meant}")
        if form and form.form and name in draft.lines:
            draft.lines[name] = {"column": source, "date_format": form.form}


def take_setting(draft: Draft) -> None:
    source = draft.lines.get("setting")
    if isinstance(source, str):
        found = draft.distinct(source)
        values, unknown = value_forms.translated(found, value_forms.settings_by(found))
        if (values and not unknown) or "setting" in draft.known:
            draft.lines["setting"] = {"column": source, "values": values} if values else source
            return
        if draft.rows:
            del draft.lines["setting"]
        elif not values:
            draft.lines["setting"] = {"column": source, "values": {"P": "professional", "I": "institutional"}}
            return
    revenue = draft.lines.get("revenue_code") or draft.lines.get("bill_type")
    if isinstance(revenue, str):
        given = sum(bool(row[draft.columns.index(revenue)].strip(" 0.")) for row in draft.rows)
        if given == len(draft.rows) and given and not draft.further:
            draft.lines["setting"] = {"constant": "institutional"}
        elif given or (draft.rows and draft.further):
            draft.lines["setting"] = {"filled": revenue, "then": "institutional", "otherwise": "professional"}
        elif draft.rows:
            draft.lines["setting"] = {"constant": "professional"}
    elif isinstance(revenue, dict):
        draft.lines["setting"] = {"constant": "institutional"}
    elif isinstance(place := draft.lines.get("place_of_service"), str) and draft.values(place):
        draft.lines["setting"] = {"constant": "professional"}


def take_coverage(draft: Draft) -> None:
    source = draft.lines.get("line_of_business")
    of_extract = coverage_of_extract(draft.columns)
    if of_extract and "line_of_business" not in draft.known:  # its columns of payers name those beside it
        draft.lines["line_of_business"] = {"constant": of_extract}
    elif isinstance(source, str):
        given = draft.distinct(source)
        values, unknown = value_forms.translated(given, value_forms.coverages_by(given))
        if not values and "line_of_business" in draft.known:  # a column of ours in which nobody says the coverage
            values = {word: word for word in value_forms.COVERAGES.values()}
        if values:
            draft.lines["line_of_business"] = {"column": source, "values": values}
        else:
            del draft.lines["line_of_business"]
        if unknown:
            shown = ", ".join(unknown[:4])
            draft.head[f"line_of_business: {shown} in {source} do not say whose coverage it is; it stays open"] = ""
    elif source is None and (by_names := coverage_by_usual_names(draft.columns)):
        draft.lines["line_of_business"] = {"constant": by_names}


def take_amounts(draft: Draft) -> None:
    _take_price_times_units(draft)
    for name in ("charge_amount", "allowed_amount"):
        source = draft.lines.get(name)
        if name not in draft.known and isinstance(source, str) and _repeats_on_each_line(draft, source):
            del draft.lines[name]
            draft.head[f"{name}: {source} is the same on all lines of a claim, as its total is; it stays empty"] = ""
    names = [draft.lines[name] for name in ("charge_amount", "allowed_amount") if name in draft.lines]
    if writes_decimal_commas(value for name in names for value in draft.values(name)):
        draft.head["decimal_mark"] = ","


def _take_price_times_units(draft: Draft) -> None:
    """Of a charge for one unit and one for all units of the line the latter; one that only says so is the other's."""
    units, taken = draft.lines.get("units"), draft.lines.get("charge_amount")
    if "charge_amount" in draft.known or not isinstance(units, str) or not isinstance(taken, str):
        return
    free = [name for name in draft.columns if name not in draft.columns_taken() or name == taken]
    others = [
        name for name in columns_by_meaning(free).get("charge_amount", ()) if name != taken and draft.values(name)
    ]
    times = [name for name in others if _is_multiplied(draft, name, taken, units)]
    if times:
        draft.lines["charge_amount"] = times[0]
    elif "extended" in words_of(taken) and not any(_is_multiplied(draft, taken, name, units) for name in others):
        said = [name for name in others if _differ_where_several(draft, name, taken, units)]
        draft.lines["charge_amount"] = (said or [taken])[0]


def _is_multiplied(draft: Draft, amount: str, price: str, units: str) -> bool:
    """Whether an amount is a price times the units on all lines that have the three, some with several units."""
    rows = _numbers(draft, (amount, price, units))
    return any(many > 1 for *_, many in rows) and all(abs(one - each * many) < _CENT for one, each, many in rows)


def _differ_where_several(draft: Draft, one: str, other: str, units: str) -> bool:
    return any(
        many > 1 and abs(first - second) >= _CENT for first, second, many in _numbers(draft, (one, other, units))
    )


def _numbers(draft: Draft, names: tuple[str, str, str]) -> list[tuple[float, float, float]]:
    places = [draft.columns.index(name) for name in names]
    found = []
    for row in draft.rows_in_force:
        with suppress(ValueError):
            one, other, units = (float(plain_amount(row[place].strip())) for place in places)
            found.append((one, other, units))
    return found


def take_frequency(draft: Draft) -> None:
    """By its column, in words too; else a claim that names the one it adjusts replaces it."""
    by_meaning = columns_by_meaning(draft.columns)
    taken = draft.columns_taken()
    columns = [
        *by_meaning.get("claim_frequency", []),
        *(one for one in by_meaning.get("setting", []) if one not in taken),  # Claim Type: Original, Corrected
    ]
    for name in [one for one in columns if "claim_frequency" not in draft.lines]:
        if values := value_forms.frequencies_of(draft.values(name)):
            draft.lines["claim_frequency"] = {"column": name, "values": values}
    adjusted, claim = draft.lines.get("original_claim_id"), draft.lines.get("claim_id")
    is_stated = {"claim_frequency", "bill_type"} & set(draft.lines)
    if is_stated or not isinstance(adjusted, str) or not isinstance(claim, str) or not draft.values(adjusted):
        return
    # An original may name itself.
    draft.lines["claim_frequency"] = {"filled": adjusted, "unlike": claim, "then": "7", "otherwise": "1"}


def take_version(draft: Draft) -> None:
    """The column that numbers the versions of a claim, also of a table of one version: the others may be in others.

    Whether the numbers of claims end with versions is for all rows to show, not for the first ones.
    """
    taken = draft.columns_taken()
    for name in version_columns(draft.columns):
        if name not in taken and share(draft.values(name), LINE_NUMBER) == 1:
            draft.head["latest_version"] = name
            return
    draft.head["version_suffix"] = BY_ALL_ROWS


def _repeats_on_each_line(draft: Draft, source: str) -> bool:
    """Whether an amount that is named as one of a claim is one amount on all lines of each claim of several codes."""
    wanted = [draft.lines.get(name) for name in ("claim_id", "procedure_code")]
    if not is_of_a_claim(source) or not all(isinstance(name, str) for name in wanted):
        return False
    claim, code = (draft.columns.index(str(name)) for name in wanted)
    place = draft.columns.index(source)
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in draft.rows_in_force:
        if row[code].strip():
            said[row[claim].strip()].add((row[code].strip(), row[place].strip()))
    several = [pairs for pairs in said.values() if len({one for one, _ in pairs}) > 1]
    return bool(several) and all(len({amount for _, amount in pairs}) == 1 for pairs in several)
