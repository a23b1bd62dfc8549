-- title:        Services that develop the IMRT plan are not billed beside it by the same hospital
-- requirements: HOSP-1, HOSP-3
-- cites:        planning, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, imrt_plan
-- consequence:  deny
-- remedy:       Withdraw the line. If it served therapy of another tumor without IMRT, send that record; if the claim shows no type of bill, state it.
-- carc:         97
-- rarc:         M15

with

set_up_simulations as (

    select distinct outpatient_lines.claim_line_id
    from outpatient_lines
    where outpatient_lines.code_list = 'set_up_simulation'

),

-- CT on a day of treatment guides the set-up of that day; it did not develop a plan.
guided_set_ups as (

    select distinct services_beside_plans.claim_line_id
    from services_beside_plans
    inner join outpatient_lines
        on
            services_beside_plans.claim_line_id = outpatient_lines.claim_line_id
            and outpatient_lines.code_list = 'guidance_or_planning'
    inner join treatment_days
        on
            services_beside_plans.course_id = treatment_days.course_id
            and services_beside_plans.service_date = treatment_days.treated_on

),

judged as (

    select
        services_beside_plans.*,
        set_up_simulations.claim_line_id is not null as is_set_up_simulation,
        guided_set_ups.claim_line_id is not null as is_guidance,
        case
            when services_beside_plans.days_to_plan is null then 'met'
            when guided_set_ups.claim_line_id is not null then 'met'
            when services_beside_plans.is_distinct_service and modifier_reading.meaning = 'accept' then 'met'
            when services_beside_plans.is_distinct_service then 'not_documented'
            when not services_beside_plans.tells_its_type then 'not_documented'
            when services_beside_plans.days_to_plan >= 0 then 'not_met'
        end as outcome
    from services_beside_plans
    left join set_up_simulations on services_beside_plans.claim_line_id = set_up_simulations.claim_line_id
    left join guided_set_ups on services_beside_plans.claim_line_id = guided_set_ups.claim_line_id
    cross join (
        select readings.meaning from readings where readings.name = 'different_tumor_modifier'
    ) as modifier_reading

)

select
    judged.claim_line_id as subject_id,
    judged.outcome,
    concat(
        case
            when judged.days_to_plan = 0 then 'this hospital billed the IMRT plan of the course on the same day'
            when judged.days_to_plan > 0
                then concat(
                    'this hospital billed the IMRT plan of the course on ',
                    judged.service_date + cast(judged.days_to_plan as integer),
                    ', ', judged.days_to_plan, case when judged.days_to_plan = 1 then ' day' else ' days' end, ' later'
                )
            when judged.days_to_plan_of_another_course is not null
                then concat(
                    'the IMRT plan on ',
                    judged.service_date + cast(judged.days_to_plan_of_another_course as integer),
                    ' belongs to another course'
                )
            else concat(
                'no IMRT plan of this hospital and course on the day or in the ',
                (select cast(readings.number as integer) from readings where readings.name = 'planning_window_days'),
                ' days after'
            )
        end,
        case
            when judged.days_to_plan is null then ''
            when judged.is_guidance then '; the course was treated on the day of this CT, so it guided the set-up'
            when judged.is_distinct_service and judged.outcome = 'met'
                then '; its modifier sets it apart from the plan'
            when judged.is_distinct_service
                then concat(
                    '; its modifier sets it apart from the plan,',
                    ' which holds only for therapy of another tumor without IMRT'
                )
            when not judged.tells_its_type
                then '; the claim shows no type of bill, so it may be one that outpatient packaging does not reach'
            when judged.is_set_up_simulation
                then concat(
                    '; the coverage policy accepts it for the initial set-up,',
                    ' but hospital outpatient payment includes it in the plan'
                )
            else '; hospital outpatient payment includes it in the plan'
        end
    ) as because
from judged
