-- title: Courses of which every planned fraction is recorded or billed, so that no treatment follows

with

counted as (

    select
        treatment_days.course_id,
        sum(
            case
                when treatment_days.recorded_fractions > 0 then treatment_days.recorded_fractions
                else treatment_days.billed_fractions
            end
        ) as fractions
    from treatment_days
    group by treatment_days.course_id

)

select counted.course_id
from counted
inner join courses on counted.course_id = courses.course_id
where
    courses.planned_fractions > 0
    and counted.fractions >= courses.planned_fractions
