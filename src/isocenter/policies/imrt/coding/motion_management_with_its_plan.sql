-- title:        Motion management simulation is added to a plan of the same day
-- fault:        Motion management simulation is billed without a plan of the same day
-- requirements: CODE-2
-- cites:        coding, paragraph 5
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Bill the simulation on the date of the plan it was added to, or send the claim of that plan, also where another provider billed it.
-- carc:         B15
-- rarc:         N122

with

plan_days as (

    select
        coded_lines.member_id,
        coded_lines.service_date,
        min(coded_lines.procedure_code) as procedure_code
    from coded_lines
    where coded_lines.code_list = 'primary_of_motion_management'
    group by coded_lines.member_id, coded_lines.service_date

),

course_plans as (

    select
        coded_lines.course_id,
        min(coded_lines.service_date) as planned_on
    from coded_lines
    where coded_lines.code_list = 'primary_of_motion_management'
    group by coded_lines.course_id

),

same_day as (

    select readings.meaning
    from readings
    where readings.name = 'motion_management_on_the_day_of_its_plan'

)

select
    coded_lines.claim_line_id as subject_id,
    case
        when plan_days.member_id is not null then 'met'
        when course_plans.course_id is not null and same_day.meaning = 'not required' then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'motion management simulation on ', coded_lines.service_date,
        case
            when plan_days.member_id is not null then concat('; plan of that day: ', plan_days.procedure_code)
            when course_plans.course_id is not null
                then concat('; the first plan of the course is billed on ', course_plans.planned_on)
            else '; no plan of the course is billed on the supplied claims'
        end
    ) as because
from coded_lines
left join plan_days
    on
        coded_lines.member_id = plan_days.member_id
        and coded_lines.service_date = plan_days.service_date
left join course_plans on coded_lines.course_id = course_plans.course_id
cross join same_day
where coded_lines.code_list = 'motion_management_simulation'
