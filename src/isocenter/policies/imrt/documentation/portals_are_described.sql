-- title:        Number and location of each step, rotation or portal are described
-- requirements: IMRT-7
-- cites:        77301, paragraph 2, item 3
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the description of the number and location of every portal, arc or step, or the approved plan (DICOM RT Plan).
-- asks:         portal_description

with

described as (

    select
        stated_elements.course_id,
        max(case when stated_elements.element = 'portal_count' then 1 else 0 end) as has_count,
        max(case when stated_elements.element = 'portal_locations' then 1 else 0 end) as has_locations,
        max(case when stated_elements.element = 'portal_count' then stated_elements.detail else '' end) as count_stated
    from stated_elements
    where stated_elements.kind = 'portal_description'
    group by stated_elements.course_id

),

-- A plan that was approved describes its portals itself: each has its number and its gantry angle.
planned as (

    select
        plans.course_id,
        count(case when plan_fields.is_arc then 1 end) as arcs,
        count(case when not plan_fields.is_arc then 1 end) as portals,
        count(case when plan_fields.gantry_start_deg is null then 1 end) as fields_without_angle
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    where plans.approval = 'APPROVED'
    group by plans.course_id

)

select
    courses_under_review.course_id as subject_id,
    case
        when described.has_count = 1 and described.has_locations = 1 then 'met'
        when planned.fields_without_angle = 0 then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        case
            when described.course_id is null then 'no description of the portals is in the chart'
            when described.has_count = 0 then 'the description of the portals does not state their number'
            when described.has_locations = 0 then 'the description of the portals does not state their locations'
            else concat(
                'the chart states number and location of the portals',
                case when described.count_stated = '' then '' else concat(' (', described.count_stated, ')') end
            )
        end,
        case
            when planned.course_id is null then '; no approved plan shows them'
            else concat('; in the approved plan, static portals: ', planned.portals, ', arcs: ', planned.arcs)
        end
    ) as because
from courses_under_review
left join described on courses_under_review.course_id = described.course_id
left join planned on courses_under_review.course_id = planned.course_id
