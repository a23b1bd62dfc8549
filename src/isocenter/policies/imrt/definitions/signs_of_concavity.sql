-- title: Whether the plan shows critical tissue within or around a concave or convex target

with

targets as (

    select
        course_measures.course_id,
        course_measures.plan_id,
        course_measures.structure,
        course_measures.part,
        max(case when course_measures.measure = 'components' then course_measures.value end) as components,
        max(case when course_measures.measure = 'solidity' then course_measures.value end) as solidity_in_space,
        max(case when course_measures.measure = 'slice_solidity' then course_measures.value end) as slice_solidity
    from course_measures
    where course_measures.measure in ('solidity', 'slice_solidity', 'components')
    group by course_measures.course_id, course_measures.plan_id, course_measures.structure, course_measures.part

),

-- Several separate lesions leave most of their common hull empty without being concave: there the slices decide.
shapes as (

    select
        targets.course_id,
        min(case
            when coalesce(targets.components, 1) > 1 then targets.slice_solidity
            else least(
                coalesce(targets.solidity_in_space, targets.slice_solidity),
                coalesce(targets.slice_solidity, targets.solidity_in_space)
            )
        end) as solidity
    from targets
    group by targets.course_id

),

pairs as (

    select
        course_measures.course_id,
        course_measures.about,
        max(case when course_measures.measure = 'share_in_concavity_percent' then course_measures.value end)
            as share_percent,
        min(case when course_measures.measure = 'distance_mm' then course_measures.value end) as distance_mm
    from course_measures
    where course_measures.measure in ('share_in_concavity_percent', 'distance_mm')
    group by course_measures.course_id, course_measures.about

),

ranked as (

    select
        pairs.course_id,
        pairs.about,
        coalesce(pairs.share_percent, 0) as share_percent,
        min(pairs.distance_mm) over (partition by pairs.course_id) as distance_mm,
        row_number() over (
            partition by pairs.course_id
            order by coalesce(pairs.share_percent, 0) desc, pairs.about
        ) as place
    from pairs

),

limits as (

    select
        max(case when readings.name = 'solidity_concave' then readings.number end) as concave,
        max(case when readings.name = 'share_in_concavity_percent' then readings.number end) as share_percent,
        max(case when readings.name = 'close_proximity_mm' then readings.number end) as close_mm,
        max(case when readings.name = 'remote_mm' then readings.number end) as remote_mm
    from readings

),

measured as (

    select
        shapes.course_id,
        case
            when shapes.solidity < limits.concave and ranked.share_percent >= limits.share_percent then 'supports'
            -- The text names convex targets as well, where critical tissue lies around them.
            when shapes.solidity >= limits.concave and ranked.distance_mm <= limits.close_mm then 'supports'
            when ranked.share_percent < limits.share_percent and ranked.distance_mm > limits.remote_mm
                then 'contradicts'
            else 'leaves_open'
        end as evidence,
        concat(
            'the target fills ', cast(floor(100 * shapes.solidity + 0.5) as integer), ' % of its convex hull (',
            case when shapes.solidity < limits.concave then 'concave' else 'convex' end, '), which holds ',
            cast(floor(ranked.share_percent + 0.5) as integer), ' % of a critical structure (',
            ranked.about, ')',
            case
                when ranked.distance_mm is null then ''
                else concat('; the nearest one is ', printf('%.1f', floor(ranked.distance_mm * 10 + 0.5) / 10), ' mm away')
            end
        ) as shown
    from shapes
    inner join ranked on shapes.course_id = ranked.course_id
    cross join limits
    where
        ranked.place = 1
        and shapes.solidity is not null

),

-- A computed comparison supports what the shape leaves open; alone it leaves open whether tissue lies in or around it.
courses_shown as (

    select measured.course_id from measured

    union

    select compared_techniques.course_id from compared_techniques

)

select
    courses_shown.course_id,
    case
        when coalesce(compared_techniques.evidence, '') <> 'supports' or measured.evidence is null
            then coalesce(measured.evidence, 'leaves_open')
        when measured.evidence = 'contradicts' then 'leaves_open'
        else 'supports'
    end as evidence,
    concat(
        coalesce(measured.shown, ''),
        case when measured.course_id is not null and compared_techniques.course_id is not null then '; ' else '' end,
        coalesce(compared_techniques.shown, '')
    ) as shown
from courses_shown
left join measured on courses_shown.course_id = measured.course_id
left join compared_techniques on courses_shown.course_id = compared_techniques.course_id
