-- title: What is prescribed in each course over all fractions, as the record states it, else as its largest plan does

with

planned as (

    select
        plans.course_id,
        max(plans.prescribed_dose_gy) as dose_gy,
        max(plans.fractions) as fractions
    from plans
    where plans.prescribed_dose_gy > 0
    group by plans.course_id

)

select
    courses.course_id,
    coalesce(courses.prescribed_dose_gy, planned.dose_gy) as dose_gy,
    coalesce(courses.planned_fractions, planned.fractions, 0) as fractions
from courses
left join planned on courses.course_id = planned.course_id
where coalesce(courses.prescribed_dose_gy, planned.dose_gy) > 0
