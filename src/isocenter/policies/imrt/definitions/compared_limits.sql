-- title: Each limit of a critical structure in a computed comparison: whether IMRT alone keeps it, and a sentence of its numbers

-- A limit of the cord comes before coverage: where 3D keeps it only with less of the target covered than IMRT gives, IMRT
-- alone keeps it at that coverage. A miss by no more than the doses are accurate to supports nothing. An IMRT plan of the clinic that misses the limit as well leaves open whether IMRT or the engine's skill keeps it.
with

accuracy as (

    select 1 + readings.number / 100 as of_limit
    from readings
    where readings.name = 'comparison_least_miss_percent'

),

judged as (

    select
        comparisons.*,
        case
            when
                comparisons.verdict in ('only_imrt', 'both')
                and coalesce(comparisons.conformal_raised, comparisons.conformal)
                > comparisons.limit * accuracy.of_limit
                and coalesce(comparisons.clinic, comparisons.limit) <= comparisons.limit
                then 1
            else 0
        end as is_kept_by_imrt_alone
    from comparisons
    cross join accuracy
    where
        comparisons.role = 'critical'
        and comparisons.comparison in ('<=', '<')
        and comparisons.verdict <> ''

)

select
    judged.course_id,
    judged.standard_name,
    judged.beam_data,
    judged.verdict,
    judged.is_kept_by_imrt_alone,
    concat(
        judged.structure, ' ', judged.metric, ' ', judged.comparison, ' ',
        printf('%.1f', floor(judged.limit * 10 + 0.5) / 10), ' ', judged.unit, ': ',
        printf('%.1f', floor(judged.imrt * 10 + 0.5) / 10), ' with IMRT, ',
        printf('%.1f', floor(judged.conformal * 10 + 0.5) / 10), ' in 3D',
        case
            when judged.conformal_raised is null then ''
            else concat(
                ' (', printf('%.1f', floor(judged.conformal_raised * 10 + 0.5) / 10), ' at the coverage of IMRT)'
            )
        end,
        case
            when judged.clinic is null then ''
            else concat(', ', printf('%.1f', floor(judged.clinic * 10 + 0.5) / 10), ' in the clinic''s plan')
        end
    ) as shown,
    row_number() over (
        partition by judged.course_id, judged.is_kept_by_imrt_alone
        order by judged.structure, judged.metric, judged.limit
    ) as place,
    row_number() over (
        partition by judged.course_id, judged.standard_name
        order by judged.is_kept_by_imrt_alone desc, judged.structure, judged.metric, judged.limit
    ) as place_of_organ
from judged
