-- title: Packaged planning services of members with an IMRT plan of the same hospital, each with the nearest plan

with

-- A plan of another course is for another tumor: it includes nothing of this one.
measured as (

    select
        outpatient_lines.claim_line_id,
        outpatient_lines.course_id,
        outpatient_lines.member_id,
        outpatient_lines.billing_npi,
        outpatient_lines.service_date,
        outpatient_lines.procedure_code,
        outpatient_lines.tells_its_type,
        exists (
            select 1 from distinct_service_modifiers
            where
                distinct_service_modifiers.modifier in (
                    outpatient_lines.modifier_1, outpatient_lines.modifier_2,
                    outpatient_lines.modifier_3, outpatient_lines.modifier_4
                )
                and outpatient_lines.service_date >= cast(distinct_service_modifiers.valid_from as date)
        ) as is_distinct_service,
        hospital_plans.course_id = outpatient_lines.course_id as is_same_course,
        hospital_plans.day_number - numbered_days.day_number as days_to_plan
    from outpatient_lines
    inner join numbered_days on outpatient_lines.service_date = numbered_days.service_date
    inner join hospital_plans
        on
            outpatient_lines.member_id = hospital_plans.member_id
            and outpatient_lines.billing_npi = hospital_plans.billing_npi
    where outpatient_lines.code_list = 'packaged_planning'

),

windowed as (

    select
        measured.*,
        measured.days_to_plan between 0 and planning_window.number as is_in_window
    from measured
    cross join (
        select readings.number from readings where readings.name = 'planning_window_days'
    ) as planning_window

)

select
    windowed.claim_line_id,
    windowed.course_id,
    windowed.member_id,
    windowed.billing_npi,
    windowed.service_date,
    windowed.procedure_code,
    windowed.tells_its_type,
    windowed.is_distinct_service,
    -- Null where there is no plan of the kind.
    min(case when windowed.is_same_course and windowed.is_in_window then windowed.days_to_plan end) as days_to_plan,
    min(case when not windowed.is_same_course and windowed.is_in_window then windowed.days_to_plan end)
        as days_to_plan_of_another_course,
    min(case when windowed.is_same_course and windowed.days_to_plan < 0 then -windowed.days_to_plan end)
        as days_since_plan
from windowed
group by
    windowed.claim_line_id, windowed.course_id, windowed.member_id, windowed.billing_npi, windowed.service_date,
    windowed.procedure_code, windowed.tells_its_type, windowed.is_distinct_service
