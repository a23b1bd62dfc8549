-- title:        The plan modulates the intensity of its portals
-- fault:        The plan does not show modulated intensity
-- requirements: SYS-1, NEC-1
-- cites:        indications, paragraph 1
-- judges:       plan
-- needs:        plans
-- affects:      imrt_service_lines
-- rests_on:     none
-- consequence:  review
-- remedy:       Send the plan that was delivered (DICOM RT Plan with all control points), or bill the technique that it shows.

with

read_plans as (

    select
        plans.plan_id,
        plans.course_id,
        plans.label,
        plans.technique,
        plans.technique_reason,
        plan_techniques.is_imrt
    from plans
    inner join plan_techniques on plans.plan_id = plan_techniques.plan_id

),

imrt_planned as (

    select distinct read_plans.course_id
    from read_plans
    where read_plans.is_imrt

)

select
    read_plans.plan_id as subject_id,
    case
        when read_plans.is_imrt then 'met'
        -- A boost by another technique may accompany the IMRT plan.
        when imrt_planned.course_id is not null then 'not_applicable'
        when read_plans.is_imrt is null then 'not_documented'
        else 'not_met'
    end as outcome,
    concat(
        case when read_plans.label = '' then 'the plan' else concat('the plan labeled ', read_plans.label) end,
        case
            when read_plans.is_imrt then ' is IMRT'
            when read_plans.is_imrt is null then ' does not show whether it is IMRT'
            else ' is not IMRT'
        end,
        ' (', case when read_plans.technique = '' then 'technique unknown' else replace(read_plans.technique, '_', ' ') end, ')',
        case when read_plans.technique_reason = '' then '' else concat(': ', read_plans.technique_reason) end,
        case
            when not coalesce(read_plans.is_imrt, false) and imrt_planned.course_id is not null
                then '; another plan of the course is'
            else ''
        end
    ) as because
from read_plans
inner join courses_under_review on read_plans.course_id = courses_under_review.course_id
left join imrt_planned on read_plans.course_id = imrt_planned.course_id
