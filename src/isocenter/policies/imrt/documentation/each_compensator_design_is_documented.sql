-- title:        IMRT by compensators documents the unique design for each portal
-- fault:        The compensator design of some portal is not documented
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

designs as (

    select distinct
        stated_elements.course_id,
        case when stated_elements.detail = '' then stated_elements.document_id else '' end as unnamed_in,
        replace(replace(replace(lower(stated_elements.detail), 'field ', ''), 'beam ', ''), 'portal ', '') as portal
    from stated_elements
    where
        stated_elements.kind = 'compensator_design'
        and stated_elements.element = 'portal'

),

documented as (

    select
        designs.course_id,
        count(*) as designs
    from designs
    group by designs.course_id

),

-- A portal has its design in the plan, or in the chart by its name or number.
portals as (

    select
        plans.course_id,
        plan_fields.plan_id,
        plan_fields.field_number,
        coalesce(plan_fields.compensator_documented, false) as has_design_in_plan,
        count(designs.portal) > 0 as has_design_in_chart
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    left join designs
        on
            plans.course_id = designs.course_id
            and designs.portal in (
                concat(plan_fields.field_number),
                replace(replace(replace(lower(plan_fields.name), 'field ', ''), 'beam ', ''), 'portal ', '')
            )
    where plan_fields.modulation = 'compensator'
    group by plans.course_id, plan_fields.plan_id, plan_fields.field_number, plan_fields.compensator_documented

),

planned as (

    select
        portals.course_id,
        count(*) as portals,
        count(case when portals.has_design_in_plan then 1 end) as designs_in_plan,
        count(case when portals.has_design_in_plan or portals.has_design_in_chart then 1 end) as portals_with_design
    from portals
    group by portals.course_id

),

described as (

    select
        stated_elements.course_id,
        max(try_cast(stated_elements.detail as integer)) as portals
    from stated_elements
    where stated_elements.element = 'portal_count'
    group by stated_elements.course_id

),

told as (

    select
        courses_under_review.course_id,
        compensated.course_id is not null as is_compensated,
        coalesce(planned.portals, 0) as portals_planned,
        coalesce(described.portals, 0) as portals_described,
        greatest(coalesce(planned.portals, 0), coalesce(described.portals, 0)) as portals,
        coalesce(planned.designs_in_plan, 0) as designs_in_plan,
        coalesce(documented.designs, 0) as designs,
        greatest(coalesce(planned.portals_with_design, 0), coalesce(documented.designs, 0)) as portals_with_design
    from courses_under_review
    left join compensated on courses_under_review.course_id = compensated.course_id
    left join planned on courses_under_review.course_id = planned.course_id
    left join described on courses_under_review.course_id = described.course_id
    left join documented on courses_under_review.course_id = documented.course_id

)

select
    told.course_id as subject_id,
    case
        when not told.is_compensated then 'not_applicable'
        when told.designs + told.designs_in_plan > 0 and told.portals_with_design >= told.portals then 'met'
        else 'not_documented'
    end as outcome,
    case
        when not told.is_compensated then 'neither record, plan nor claims show compensators in this course'
        else concat(
            'portals with a compensator in the plan: ', told.portals_planned, ', portals described in the chart: ',
            told.portals_described, '; designs in the chart: ', told.designs, ', in the plan: ', told.designs_in_plan
        )
    end as because
from told
