-- title: Whether the plan shows a target close to a critical structure

with

pairs as (

    select
        course_measures.course_id,
        course_measures.about,
        min(case when course_measures.measure = 'distance_mm' then course_measures.value end) as distance_mm,
        max(case when course_measures.measure = 'required_dose_fall_gy_per_mm' then course_measures.value end)
            as dose_fall_gy_per_mm
    from course_measures
    where course_measures.measure in ('distance_mm', 'required_dose_fall_gy_per_mm')
    group by course_measures.course_id, course_measures.about

),

ranked as (

    select
        pairs.*,
        max(pairs.dose_fall_gy_per_mm) over (partition by pairs.course_id) as steepest_gy_per_mm,
        row_number() over (partition by pairs.course_id order by pairs.distance_mm, pairs.about) as place
    from pairs
    where pairs.distance_mm is not null

),

limits as (

    select
        max(case when readings.name = 'close_proximity_mm' then readings.number end) as close_mm,
        max(case when readings.name = 'remote_mm' then readings.number end) as remote_mm,
        max(case when readings.name = 'steep_dose_fall_gy_per_mm' then readings.number end) as steep_gy_per_mm
    from readings

),

measured as (

    select
        ranked.course_id,
        case
            when ranked.distance_mm <= limits.close_mm then 'supports'
            when coalesce(ranked.steepest_gy_per_mm, 0) >= limits.steep_gy_per_mm then 'supports'
            when ranked.distance_mm > limits.remote_mm then 'contradicts'
            else 'leaves_open'
        end as evidence,
        concat(
            'the least distance from a target to a critical structure is ',
            printf('%.1f', floor(ranked.distance_mm * 10 + 0.5) / 10),
            ' mm (', ranked.about, ')',
            case
                when ranked.steepest_gy_per_mm is null then ''
                else concat(
                    ', and the constraints ask the dose to fall by up to ',
                    printf('%.1f', floor(ranked.steepest_gy_per_mm * 10 + 0.5) / 10), ' Gy/mm'
                )
            end
        ) as shown
    from ranked
    cross join limits
    where ranked.place = 1

),

-- A computed comparison supports, or leaves open what the distance does not show; it contradicts nothing.
courses_shown as (

    select measured.course_id from measured

    union

    select compared_techniques.course_id from compared_techniques

)

select
    courses_shown.course_id,
    case
        when coalesce(compared_techniques.evidence, '') <> 'supports'
            then coalesce(measured.evidence, compared_techniques.evidence)
        when coalesce(measured.evidence, '') = 'contradicts' then 'leaves_open'
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
