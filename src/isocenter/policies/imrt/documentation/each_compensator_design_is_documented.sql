-- title:        IMRT by compensators documents the unique design for each portal
-- fault:        The compensator design of some portal is not documented
-- requirements: IMRT-9, SYS-2
-- cites:        77301, paragraph 2, item 5
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the compensator design of each portal of the plan, and of each replan.
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
        plan_elements.course_id,
        plan_elements.phase,
        case when plan_elements.detail = '' then plan_elements.document_id else '' end as unnamed_in,
        replace(replace(replace(lower(plan_elements.detail), 'field ', ''), 'beam ', ''), 'portal ', '') as portal
    from plan_elements
    where
        plan_elements.kind = 'compensator_design'
        and plan_elements.element = 'portal'

),

documented as (

    select
        designs.course_id,
        designs.phase,
        count(*) as designs
    from designs
    group by designs.course_id, designs.phase

),

-- A portal has its design in the plan, or in the chart by its name or number.
portals as (

    select
        phases_of_plans.course_id,
        phases_of_plans.phase,
        plan_fields.plan_id,
        plan_fields.field_number,
        coalesce(plan_fields.compensator_documented, false) as has_design_in_plan,
        count(designs.portal) > 0 as has_design_in_chart
    from phases_of_plans
    inner join plan_fields on phases_of_plans.plan_id = plan_fields.plan_id
    left join designs
        on
            phases_of_plans.course_id = designs.course_id
            and phases_of_plans.phase = designs.phase
            and designs.portal in (
                concat(plan_fields.field_number),
                replace(replace(replace(lower(plan_fields.name), 'field ', ''), 'beam ', ''), 'portal ', '')
            )
    where plan_fields.modulation = 'compensator'
    group by
        phases_of_plans.course_id,
        phases_of_plans.phase,
        plan_fields.plan_id,
        plan_fields.field_number,
        plan_fields.compensator_documented

),

planned as (

    select
        portals.course_id,
        portals.phase,
        count(*) as portals,
        count(case when portals.has_design_in_plan then 1 end) as designs_in_plan,
        count(case when portals.has_design_in_plan or portals.has_design_in_chart then 1 end) as portals_with_design
    from portals
    group by portals.course_id, portals.phase

),

counted as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        plan_phases.of_replan,
        compensated.course_id is not null as is_compensated,
        coalesce(planned.portals, 0) as portals_planned,
        coalesce(described_portals.portals, 0) as portals_described,
        greatest(coalesce(planned.portals, 0), coalesce(described_portals.portals, 0)) as portals,
        coalesce(planned.designs_in_plan, 0) as designs_in_plan,
        coalesce(documented.designs, 0) as designs,
        greatest(coalesce(planned.portals_with_design, 0), coalesce(documented.designs, 0)) as portals_with_design
    from plan_phases
    left join compensated on plan_phases.course_id = compensated.course_id
    left join planned
        on
            plan_phases.course_id = planned.course_id
            and plan_phases.phase = planned.phase
    left join described_portals
        on
            plan_phases.course_id = described_portals.course_id
            and plan_phases.phase = described_portals.phase
    left join documented
        on
            plan_phases.course_id = documented.course_id
            and plan_phases.phase = documented.phase

),

-- Designs beyond the number of portals belong to another plan, and which of them are of this one is not shown.
shown as (

    select
        counted.*,
        counted.portals > 0 and counted.designs > counted.portals as has_further_designs,
        counted.designs + counted.designs_in_plan > 0 and counted.portals_with_design >= counted.portals as has_each
    from counted

),

ranked as (

    select
        shown.*,
        row_number() over (
            partition by shown.course_id
            order by case when shown.has_each and not shown.has_further_designs then 1 else 0 end, shown.phase
        ) as place
    from shown

)

select
    ranked.course_id as subject_id,
    case
        when not ranked.is_compensated then 'not_applicable'
        when ranked.has_each and not ranked.has_further_designs then 'met'
        else 'not_documented'
    end as outcome,
    case
        when not ranked.is_compensated then 'neither record, plan nor claims show compensators in this course'
        else concat(
            'portals with a compensator in the plan: ', ranked.portals_planned, ', portals described in the chart: ',
            ranked.portals_described, '; designs in the chart: ', ranked.designs, ', in the plan: ',
            ranked.designs_in_plan, ranked.of_replan,
            case
                when ranked.has_further_designs then '; there are more designs than portals'
                else ''
            end
        )
    end as because
from ranked
where ranked.place = 1
