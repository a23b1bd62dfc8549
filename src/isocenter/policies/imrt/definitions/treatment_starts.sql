-- title: Day of the first treatment of each course by any modality, and whether the course begins at hand

with

starts as (

    select
        treatment_days.course_id,
        min(treatment_days.treated_on) as first_delivery,
        -- Of a physician's part alone the claims of the delivery itself are not at hand.
        min(case
            when treatment_days.recorded_fractions + treatment_days.billed_fractions > 0 then treatment_days.treated_on
        end) as first_shown_fraction
    from treatment_days
    group by treatment_days.course_id

),

-- What shows that nothing was delivered before: planning up to that day, the first fraction, or the record.
beginnings as (

    select coded_lines.course_id
    from coded_lines
    inner join starts on coded_lines.course_id = starts.course_id
    where
        coded_lines.code_list in ('imrt_plan', 'plan_3d', 'complex_clinical_planning', 'simulation')
        and coded_lines.service_date <= starts.first_delivery

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

)

select
    starts.course_id,
    starts.first_delivery,
    coalesce(beginnings.course_id is not null and starts.first_shown_fraction <= starts.first_delivery, false)
        as begins_at_hand
from starts
left join beginnings on starts.course_id = beginnings.course_id
