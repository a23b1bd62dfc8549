-- title:        No simulation is billed by the hospital to verify fields during a course of IMRT
-- requirements: HOSP-2, HOSP-3
-- cites:        planning, paragraph 1, sentence 3
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, imrt_plan, imrt_delivery
-- consequence:  deny
-- remedy:       Withdraw the line. If the simulation served therapy of another tumor without IMRT, send that record; if the claim shows no type of bill, state it.
-- carc:         97
-- rarc:         M15

with

simulations as (

    select distinct outpatient_lines.claim_line_id
    from outpatient_lines
    where
        outpatient_lines.code_list = 'simulation'
        and outpatient_lines.service_date >= (
            select cast(readings.meaning as date) from readings
            where readings.name = 'verification_simulations_packaged_from'
        )

),

-- A simulation that leads to a further plan is judged as part of that plan.
judged as (

    select
        services_beside_plans.*,
        treatment_ends.last_delivery,
        case
            when services_beside_plans.service_date > treatment_ends.last_delivery then 'met'
            when services_beside_plans.is_distinct_service and modifier_reading.meaning = 'accept' then 'met'
            when services_beside_plans.is_distinct_service then 'not_documented'
            when not services_beside_plans.tells_its_type then 'not_documented'
            when services_beside_plans.days_since_plan > 0 then 'not_met'
        end as outcome
    from services_beside_plans
    inner join simulations on services_beside_plans.claim_line_id = simulations.claim_line_id
    left join treatment_ends on services_beside_plans.course_id = treatment_ends.course_id
    cross join (
        select readings.meaning from readings where readings.name = 'different_tumor_modifier'
    ) as modifier_reading
    where
        services_beside_plans.days_to_plan is null
        and services_beside_plans.days_since_plan is not null

)

select
    judged.claim_line_id as subject_id,
    judged.outcome,
    concat(
        judged.days_since_plan, case when judged.days_since_plan = 1 then ' day' else ' days' end,
        ' after the IMRT plan of this hospital and course',
        case
            when judged.last_delivery is null then '; no IMRT delivery is billed yet'
            else concat('; last IMRT delivery on ', judged.last_delivery)
        end,
        case
            when not judged.is_distinct_service and judged.tells_its_type then ''
            when judged.is_distinct_service and judged.outcome = 'not_documented'
                then concat(
                    '; its modifier sets it apart from the plan,',
                    ' which holds only for therapy of another tumor without IMRT'
                )
            when judged.is_distinct_service then '; its modifier sets it apart from the plan'
            else '; the claim shows no type of bill, so it may be one that outpatient packaging does not reach'
        end
    ) as because
from judged
