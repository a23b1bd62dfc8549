-- title: First day of treatment of each course by any modality, the earliest that it may be, and whether it was supplied

with

starts as (

    select
        treatment_days.course_id,
        min(treatment_days.treated_on) as first_delivery,
        -- Where only the physician's part was supplied, the claims of the delivery itself are missing.
        min(case
            when treatment_days.recorded_fractions + treatment_days.billed_fractions > 0 then treatment_days.treated_on
        end) as first_shown_fraction,
        min(case when treatment_days.recorded_fractions > 0 then treatment_days.treated_on end) as first_on_record
    from treatment_days
    group by treatment_days.course_id

),

-- What shows that nothing was delivered before: planning up to that day, the first fraction, or the record. Planning
-- that another provider bills does so where the claims of all of them reach back to it, or treatment is on record.
beginnings as (

    select coded_lines.course_id
    from coded_lines
    inner join starts on coded_lines.course_id = starts.course_id
    left join delivering_providers
        on
            coded_lines.course_id = delivering_providers.course_id
            and coded_lines.billing_npi = delivering_providers.billing_npi
            and coded_lines.setting = delivering_providers.setting
    left join course_windows on coded_lines.course_id = course_windows.course_id
    where
        coded_lines.code_list in ('imrt_plan', 'plan_3d', 'complex_clinical_planning', 'simulation')
        and coded_lines.service_date <= starts.first_delivery
        and (
            delivering_providers.first_delivery <= starts.first_delivery
            or starts.first_on_record <= starts.first_delivery
            or course_windows.data_from <= coded_lines.service_date
        )

    union

    select plans.course_id
    from plans
    inner join starts on plans.course_id = starts.course_id
    where coalesce(plans.plan_date, plans.approved_on) <= starts.first_delivery

    union

    select fractions.course_id
    from fractions
    inner join starts on fractions.course_id = starts.course_id
    where fractions.fraction_number = 1 and fractions.delivered_on = starts.first_delivery

    union

    select courses.course_id
    from courses
    inner join starts on courses.course_id = starts.course_id
    where courses.first_delivery >= starts.first_delivery

),

-- Of more fractions than a day has, billed under one day, some may have been given on days before it.
crowded as (

    select
        crowded_deliveries.course_id,
        min(crowded_deliveries.first_day) as first_day
    from crowded_deliveries
    group by crowded_deliveries.course_id

)

select
    starts.course_id,
    starts.first_delivery,
    case
        when starts.first_on_record is null and crowded.first_day < starts.first_delivery then crowded.first_day
        else starts.first_delivery
    end as may_begin_on,
    coalesce(beginnings.course_id is not null and starts.first_shown_fraction <= starts.first_delivery, false)
        as begins_at_hand
from starts
left join beginnings on starts.course_id = beginnings.course_id
left join crowded on starts.course_id = crowded.course_id
