-- title: Fractions of external beam delivered in each course, from records where there are any, else from claims

with

-- Each phase of a course may number its fractions from one, so the day tells them apart.
counts as (

    select
        fractions.course_id,
        1 as recorded,
        0 as billed
    from fractions

    union all

    select
        coded_lines.course_id,
        0 as recorded,
        coded_lines.units as billed
    from coded_lines
    where
        coded_lines.bills_technical_part
        and coded_lines.code_list in (
            'imrt_delivery', 'imrt_delivery_if_planned', 'other_delivery', 'conventional_delivery'
        )

),

totals as (

    select
        counts.course_id,
        cast(sum(counts.recorded) as bigint) as recorded_fractions,
        cast(sum(counts.billed) as bigint) as billed_fractions
    from counts
    group by counts.course_id

)

select
    totals.course_id,
    totals.recorded_fractions,
    totals.billed_fractions,
    case when totals.recorded_fractions > 0 then totals.recorded_fractions else totals.billed_fractions end
        as fractions,
    case when totals.recorded_fractions > 0 then 'treatment records' else 'claims' end as counted_from
from totals
