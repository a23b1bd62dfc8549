-- title:        The plan modulates the intensity of its portals
-- requirements: SYS-1, NEC-1
-- cites:        indications, paragraph 1
-- judges:       plan
-- needs:        plans
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the plan that was delivered (DICOM RT Plan with all control points), or bill the technique that it shows.

with

imrt_planned as (

    select distinct plans.course_id
    from plans
    where plans.is_imrt

)

select
    plans.plan_id as subject_id,
    case
        when plans.is_imrt then 'met'
        -- A boost by another technique stands beside the plan that is IMRT.
        when imrt_planned.course_id is not null then 'not_applicable'
        when plans.is_imrt is null then 'not_documented'
        else 'not_met'
    end as outcome,
    concat(
        case when plans.label = '' then 'the plan' else concat('the plan labelled ', plans.label) end,
        case
            when plans.is_imrt then ' is IMRT'
            when plans.is_imrt is null then ' does not show whether it is IMRT'
            else ' is not IMRT'
        end,
        ' (', case when plans.technique = '' then 'technique unknown' else replace(plans.technique, '_', ' ') end, ')',
        case when plans.technique_reason = '' then '' else concat(': ', plans.technique_reason) end,
        case
            when not coalesce(plans.is_imrt, false) and imrt_planned.course_id is not null
                then '; another plan of the course is'
            else ''
        end
    ) as because
from plans
inner join courses_under_review on plans.course_id = courses_under_review.course_id
left join imrt_planned on plans.course_id = imrt_planned.course_id
