"""Which code lists hold the claim lines that a rule judges or counts, by what its query cannot do without."""

from collections.abc import Collection, Mapping

from isocenter.rulebook.query import needed_rows
from isocenter.rulebook.query_parts import QueryParts
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook

_LINE = {"claim_line_id", "*"}  # a definition that answers one of these is of claim lines


def lists_of_lines(rule: Rule, rulebook: Rulebook) -> set[str]:
    """The code lists that a rule's query names, else those by which the definitions it needs choose claim lines.

    Empty for a rule that judges lines of any code, or of the codes of a table that the user loads.
    """
    return set(rule.parts.code_lists) or _chosen_by(rule.query, rule.parts, {}, rulebook, ())


def _chosen_by(
    query: str,
    parts: QueryParts,
    wanted: Mapping[str, Collection[str]],
    rulebook: Rulebook,
    within: Collection[str],
) -> set[str]:
    """The lists of a query, of which the reader wants rows with certain values in some columns.

    A query that names lists chooses among the lines of the definition that it reads; one that unites definitions has
    the lists of each as well.
    """
    own = set(parts.code_lists) or _of_tables(parts, wanted, rulebook)
    definitions = {one.name: one for one in rulebook.definitions if one.name not in within}
    found = set(own)
    for ways in needed_rows(query):
        for way in ways:
            read = definitions.get(way.relation)
            is_further = not own or (len(ways) > 1 and not way.column)
            if read is not None and is_further and _LINE & set(read.parts.answers):
                values = _values_wanted(query, way.relation)
                found |= _chosen_by(read.query, read.parts, values, rulebook, (*within, read.name))
    return found


def _of_tables(parts: QueryParts, wanted: Mapping[str, Collection[str]], rulebook: Rulebook) -> set[str]:
    """The lists in the policy's tables that a query reads, by the rows that its reader wants."""
    lists: set[str] = set()
    for name in parts.relations:
        header, rows = rulebook.tables.get(name, ((), ()))
        if "code_list" in header:
            named = (dict(zip(header, row, strict=True)) for row in rows)
            lists |= {
                row["code_list"]
                for row in named
                if all(row[column] in values for column, values in wanted.items() if column in row)
            }
    return lists


def _values_wanted(query: str, relation: str) -> dict[str, frozenset[str]]:
    """The values that columns of a relation must have for a query to answer anything."""
    return {
        way.column: way.values
        for ways in needed_rows(query)
        for way in ways
        if len(ways) == 1 and way.relation == relation and way.column
    }
