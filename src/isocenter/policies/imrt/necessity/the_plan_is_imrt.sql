-- title:        The plan modulates the intensity of its portals
-- fault:        The plan does not show modulated intensity
-- requirements: SYS-1, NEC-1
-- cites:        indications, paragraph 1
-- judges:       plan
-- needs:        plans
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the plan that was delivered (DICOM RT Plan with all control points), or bill the technique that it shows.

with

spreads as (

    select
        plan_measures.plan_id,
        case
            when max(plan_measures.value) >= (
                select readings.number from readings where readings.name = 'least_intensity_spread'
            ) then 1
            else 0
        end as is_modulated
    from plan_measures
    where plan_measures.measure = 'intensity_spread' and plan_measures.part = ''
    group by plan_measures.plan_id

),

-- A static or helical field is modulated by its measured spread of intensity; what arcs and compensators do is
-- stated with the plan.
read_plans as (

    select
        plans.plan_id,
        plans.course_id,
        plans.label,
        plans.technique,
        plans.technique_reason,
        case
            when spreads.is_modulated is null or plans.technique in ('vmat', 'compensator') then plans.is_imrt
            when spreads.is_modulated = 1 then true
            when plans.is_imrt is null then null
            else false
        end as is_imrt
    from plans
    left join spreads on plans.plan_id = spreads.plan_id

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
        -- A boost by another technique stands beside the plan that is IMRT.
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
