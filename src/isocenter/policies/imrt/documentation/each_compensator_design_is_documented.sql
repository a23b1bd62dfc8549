-- title:        IMRT by compensators documents the unique design for each portal
-- requirements: IMRT-9, SYS-2
-- cites:        77301, paragraph 2, item 5
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the compensator design of each portal.
-- asks:         compensator_design

with

compensated as (

    select courses.course_id
    from courses
    where courses.delivery_technique = 'compensator'

    union

    select coded_lines.course_id
    from coded_lines
    where coded_lines.code_list = 'compensator_delivery'

    union

    select plans.course_id
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    where plan_fields.modulation = 'compensator'

),

planned as (

    select
        plans.course_id,
        count(*) as portals,
        count(case when plan_fields.compensator_documented then 1 end) as designs_in_plan
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    where plan_fields.modulation = 'compensator'
    group by plans.course_id

),

documented as (

    select
        stated_elements.course_id,
        count(distinct concat(
            case when stated_elements.detail = '' then stated_elements.document_id else '' end, stated_elements.detail
        )) as designs
    from stated_elements
    where stated_elements.element = 'portal'
    group by stated_elements.course_id

),

told as (

    select
        courses_under_review.course_id,
        compensated.course_id is not null as is_compensated,
        coalesce(planned.portals, 0) as portals,
        coalesce(planned.designs_in_plan, 0) as designs_in_plan,
        coalesce(documented.designs, 0) as designs
    from courses_under_review
    left join compensated on courses_under_review.course_id = compensated.course_id
    left join planned on courses_under_review.course_id = planned.course_id
    left join documented on courses_under_review.course_id = documented.course_id

)

select
    told.course_id as subject_id,
    case
        when not told.is_compensated then 'not_applicable'
        when told.portals > 0 and greatest(told.designs, told.designs_in_plan) >= told.portals then 'met'
        when told.portals = 0 and told.designs > 0 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when not told.is_compensated then 'nothing tells of compensators in this course'
        when told.portals = 0 then concat(
            'compensator designs documented: ', told.designs, '; no plan at hand tells the number of portals'
        )
        else concat(
            'portals with a compensator: ', told.portals, '; designs in the chart: ', told.designs,
            ', in the plan: ', told.designs_in_plan
        )
    end as because
from told
