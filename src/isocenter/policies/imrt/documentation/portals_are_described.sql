-- title:        Number and location of each step, rotation or portal are described
-- fault:        Number and location of the portals are not described, or not as they are in the plan
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
        plan_elements.course_id,
        plan_elements.phase,
        max(case when plan_elements.element = 'portal_count' then 1 else 0 end) as has_count,
        max(case when plan_elements.element = 'portal_locations' then 1 else 0 end) as has_locations,
        max(case when plan_elements.element = 'portal_count' then plan_elements.detail else '' end) as count_stated
    from plan_elements
    where plan_elements.kind = 'portal_description'
    group by plan_elements.course_id, plan_elements.phase

),

-- Descriptions of one day, or of days that are not all stated, that count the portals differently: none revises the
-- other, and only where each has places of its own may they describe further parts.
dated as (

    select
        plan_elements.course_id,
        plan_elements.phase,
        plan_elements.element,
        plan_elements.detail,
        case
            when count(*) over (partition by plan_elements.course_id, plan_elements.phase)
                > count(plan_elements.document_date) over (partition by plan_elements.course_id, plan_elements.phase)
                then cast('1900-01-01' as date)
            else plan_elements.document_date
        end as described_on
    from plan_elements
    where plan_elements.kind = 'portal_description'

),

counts_of_a_day as (

    select
        dated.course_id,
        dated.phase,
        dated.described_on,
        min(case when dated.element = 'portal_count' then try_cast(dated.detail as integer) end) as least_count,
        max(case when dated.element = 'portal_count' then try_cast(dated.detail as integer) end) as largest_count,
        count(distinct case when dated.element = 'portal_count' then try_cast(dated.detail as integer) end) as counts,
        count(distinct case when dated.element = 'portal_locations' and dated.detail <> '' then lower(dated.detail) end)
            as places
    from dated
    group by dated.course_id, dated.phase, dated.described_on

),

disputed as (

    select
        counts_of_a_day.course_id,
        counts_of_a_day.phase,
        min(counts_of_a_day.least_count) as least_count,
        max(counts_of_a_day.largest_count) as largest_count
    from counts_of_a_day
    where
        counts_of_a_day.counts > 1
        and counts_of_a_day.places < counts_of_a_day.counts
    group by counts_of_a_day.course_id, counts_of_a_day.phase

),

-- A plan that was approved describes its portals itself: each has its number and its gantry angle.
planned as (

    select
        plans.course_id,
        count(distinct plans.plan_id) as approved_plans,
        count(case when plan_fields.is_arc then 1 end) as arcs,
        count(case when not plan_fields.is_arc then 1 end) as portals,
        count(case when plan_fields.gantry_start_deg is null then 1 end) as fields_without_angle
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    where plans.approval = 'APPROVED'
    group by plans.course_id

),

stops_of_courses as (

    select
        plans_that_count_stops.course_id,
        sum(plans_that_count_stops.gantry_stops) as gantry_stops,
        sum(plans_that_count_stops.arcs) as arcs
    from plans_that_count_stops
    group by plans_that_count_stops.course_id

),

contradicted as (

    select
        plan_elements.course_id,
        min(try_cast(plan_elements.detail as integer)) as portals_stated
    from plan_elements
    inner join portal_numbers on plan_elements.course_id = portal_numbers.course_id
    where
        plan_elements.kind = 'portal_description'
        and plan_elements.element = 'portal_count'
    group by plan_elements.course_id
    having
        count(try_cast(plan_elements.detail as integer)) > 0
        and count(
            case
                when try_cast(plan_elements.detail as integer) = portal_numbers.number then 1
                when portal_numbers.may_be_more and try_cast(plan_elements.detail as integer) > portal_numbers.number then 1
            end
        ) = 0

),

-- An approved plan describes its own portals; a replan needs another one.
asked as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        plan_phases.of_replan,
        coalesce(described.has_count, 0) as has_count,
        coalesce(described.has_locations, 0) as has_locations,
        coalesce(described.count_stated, '') as count_stated,
        described.course_id is not null as is_described,
        planned.course_id is not null as is_planned,
        planned.portals,
        planned.arcs,
        stops_of_courses.gantry_stops as stops_counted,
        stops_of_courses.arcs as arcs_counted,
        contradicted.portals_stated,
        case when planned.course_id is null then disputed.least_count end as least_count,
        disputed.largest_count,
        coalesce(planned.fields_without_angle = 0 and planned.approved_plans >= plan_phases.phase, false)
            as is_shown_by_plan
    from plan_phases
    left join described
        on
            plan_phases.course_id = described.course_id
            and plan_phases.phase = described.phase
    left join planned on plan_phases.course_id = planned.course_id
    left join stops_of_courses on plan_phases.course_id = stops_of_courses.course_id
    left join contradicted on plan_phases.course_id = contradicted.course_id
    left join disputed
        on
            plan_phases.course_id = disputed.course_id
            and plan_phases.phase = disputed.phase

),

ranked as (

    select
        asked.*,
        row_number() over (
            partition by asked.course_id
            order by
                case
                    when asked.least_count is not null then 0
                    when asked.is_shown_by_plan or (asked.has_count = 1 and asked.has_locations = 1) then 1
                    else 0
                end,
                asked.phase
        ) as place
    from asked

)

select
    ranked.course_id as subject_id,
    case
        when ranked.portals_stated is not null or ranked.least_count is not null then 'not_documented'
        when ranked.has_count = 1 and ranked.has_locations = 1 then 'met'
        when ranked.is_shown_by_plan then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        case
            when ranked.portals_stated is not null
                then concat(
                    'the chart states ', ranked.portals_stated, ' portals, and the ',
                    case when ranked.is_planned then 'approved plan' else 'plan' end, ' has another number'
                )
            when ranked.least_count is not null
                then concat(
                    'the chart states ', ranked.least_count, ' portals and ', ranked.largest_count,
                    ', and nothing says which number is right'
                )
            when not ranked.is_described then 'no description of the portals is in the chart'
            when ranked.has_count = 0 then 'the description of the portals does not state their number'
            when ranked.has_locations = 0 then 'the description of the portals does not state their locations'
            else concat(
                'the chart states number and location of the portals',
                case when ranked.count_stated = '' then '' else concat(' (', ranked.count_stated, ')') end
            )
        end,
        ranked.of_replan,
        case
            when ranked.is_planned
                then concat('; in the approved plan, static portals: ', ranked.portals, ', arcs: ', ranked.arcs)
            when ranked.stops_counted is not null
                then concat(
                    '; the plan does not list its portals and counts gantry stops: ', ranked.stops_counted,
                    ', arcs: ', ranked.arcs_counted
                )
            else '; no approved plan shows them'
        end
    ) as because
from ranked
where ranked.place = 1
