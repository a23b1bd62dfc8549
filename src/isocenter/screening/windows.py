"""How far the claims of each provider reach: the first and last day of service in each setting, over all parts."""

from datetime import date
from pathlib import Path

import duckdb

from isocenter.engines.database import literal
from isocenter.intake.bulk.selecting import files_in
from isocenter.screening.covered import PASSED_BY

WINDOWS = "windows.parquet"  # in the folder of split claims


def write_windows(connection: duckdb.DuckDBPyConnection, claims: Path, *, are_complete: bool = True) -> None:
    """Write the rows of the fact table data_windows beside the claims that were split; the connection split them.

    Of claims that are not complete, as a file of them could not be read, there is none: any service may be missing.
    """
    relation, present = _lines(connection, claims)
    last_day = "coalesce(last_service_date, service_date)" if "last_service_date" in present else "service_date"
    connection.execute(
        f"""
        copy (
            select coalesce(billing_npi, '') as billing_npi, setting, min(first_service) as first_service,
                max(last_service) as last_service
            from (
                select billing_npi, setting, min(service_date) as first_service,
                    max({last_day}) as last_service
                from {relation} group by all
                union all
                select billing_npi, setting, first_service, last_service
                from {PASSED_BY} where first_service is not null
            )
            where {"true" if are_complete else "false"}
            group by all order by all
        ) to {literal(str(claims / WINDOWS))} (format parquet)
        """
    )


def write_windows_within(claims: Path, first: date, last: date) -> None:
    """Write them for claims that are all that their providers billed from the first of these days to the last."""
    with duckdb.connect(config={"threads": "1"}) as connection:
        relation, _ = _lines(connection, claims)
        connection.execute(
            f"""
            copy (
                select distinct coalesce(billing_npi, '') as billing_npi, setting,
                    date '{first}' as first_service, date '{last}' as last_service
                from {relation} order by all
            ) to {literal(str(claims / WINDOWS))} (format parquet)
            """
        )


def _lines(connection: duckdb.DuckDBPyConnection, claims: Path) -> tuple[str, set[str]]:
    """The lines of all parts as a relation in which each has a billing_npi, and the columns that they came with."""
    if not any((claims / "lines").glob("part=*")):
        return "(select '' as billing_npi, '' as setting, cast(null as date) as service_date limit 0)", set()
    files = files_in(claims / "lines", "*/*.parquet")
    relation = f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"
    present = {row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()}
    return relation if "billing_npi" in present else f"(select *, '' as billing_npi from {relation})", present
