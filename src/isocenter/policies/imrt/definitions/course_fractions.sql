-- title: Fractions of external beam delivered in each course, from records where there are any, else from claims
-- needs: claim_lines
-- uses:  fractions, plans

with

recorded as (

    select
        fractions.course_id,
        count(distinct fractions.fraction_number) as fractions
    from fractions
    group by fractions.course_id

),

billed as (

    select
        delivered.course_id,
        sum(delivered.units) as fractions
    from (
        select
            imrt_delivery_lines.course_id,
            imrt_delivery_lines.units
        from imrt_delivery_lines

        union all

        select
            coded_lines.course_id,
            coded_lines.units
        from coded_lines
        where coded_lines.code_list in ('other_delivery', 'conventional_delivery')
    ) as delivered
    group by delivered.course_id

),

both_counts as (

    select
        recorded.course_id,
        recorded.fractions as recorded_fractions,
        0 as billed_fractions
    from recorded

    union all

    select
        billed.course_id,
        0 as recorded_fractions,
        billed.fractions as billed_fractions
    from billed

)

select
    both_counts.course_id,
    case
        when sum(both_counts.recorded_fractions) > 0 then sum(both_counts.recorded_fractions)
        else sum(both_counts.billed_fractions)
    end as fractions,
    case when sum(both_counts.recorded_fractions) > 0 then 'treatment records' else 'claims' end as counted_from
from both_counts
group by both_counts.course_id
