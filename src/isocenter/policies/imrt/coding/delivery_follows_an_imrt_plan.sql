-- title:        IMRT is delivered on an IMRT plan of the same course
-- requirements: IMRT-1
-- cites:        77301, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Send the claim of the IMRT plan, also where another provider billed it, or the plan with its date.
-- carc:         B15

with

plan_days as (

    select
        coded_lines.course_id,
        coded_lines.service_date as planned_on,
        1 as is_dated
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'

    union all

    select
        plans.course_id,
        coalesce(plans.plan_date, plans.approved_on) as planned_on,
        case when coalesce(plans.plan_date, plans.approved_on) is null then 0 else 1 end as is_dated
    from plans
    where plans.is_imrt

),

first_plans as (

    select
        plan_days.course_id,
        min(plan_days.planned_on) as planned_on,
        min(plan_days.is_dated) as all_dated
    from plan_days
    group by plan_days.course_id

)

select
    imrt_delivery_lines.claim_line_id as subject_id,
    case
        when first_plans.planned_on <= imrt_delivery_lines.service_date then 'met'
        when first_plans.all_dated = 0 then 'not_documented'
        else 'not_met'
    end as outcome,
    concat(
        'IMRT delivered on ', imrt_delivery_lines.service_date, '; ',
        case
            when first_plans.course_id is null then 'no IMRT plan of the course is billed or shown'
            when first_plans.planned_on is null then 'the IMRT plan of the course bears no date'
            else concat('first dated IMRT plan of the course on ', first_plans.planned_on)
        end
    ) as because
from imrt_delivery_lines
left join first_plans on imrt_delivery_lines.course_id = first_plans.course_id
