-- title: The constraints of each course that a computed IMRT plan meets and a computed 3D conformal plan misses

with

ranked as (

    select
        comparisons.*,
        row_number() over (
            partition by comparisons.course_id
            order by comparisons.structure, comparisons.metric, comparisons.limit
        ) as place,
        count(*) over (partition by comparisons.course_id) as constraints_kept
    from comparisons
    where
        comparisons.verdict = 'only_imrt'
        and comparisons.comparison in ('<=', '<')

)

select
    ranked.course_id,
    concat(
        'a computed comparison (', ranked.beam_data, ') meets ', ranked.constraints_kept,
        case when ranked.constraints_kept = 1 then ' limit' else ' limits' end,
        ' of critical structures with IMRT that 3D conformal treatment misses, such as ',
        ranked.structure, ' ', ranked.metric, ' ', ranked.comparison, ' ',
        printf('%.1f', floor(ranked.limit * 10 + 0.5) / 10), ' ', ranked.unit, ': ',
        printf('%.1f', floor(ranked.imrt * 10 + 0.5) / 10), ' with IMRT, ',
        printf('%.1f', floor(ranked.conformal * 10 + 0.5) / 10), ' in 3D'
    ) as shown
from ranked
where ranked.place = 1
