-- title: Gantry stops of each course's plans, as the plans count them, by their fields, else as the chart states them

with

fields as (

    select
        plan_fields.plan_id,
        count(distinct case when not plan_fields.is_arc then plan_fields.gantry_start_deg end) as static_stops,
        count(case when plan_fields.is_arc then 1 end) as arcs,
        count(case when plan_fields.is_arc is null then 1 end)
        + count(case when not plan_fields.is_arc and plan_fields.gantry_start_deg is null then 1 end) as untold
    from plan_fields
    group by plan_fields.plan_id

),

per_arc as (

    select readings.number as gantry_stops
    from readings
    where readings.name = 'gantry_stops_per_arc'

),

planned as (

    select
        plans.course_id,
        case
            when coalesce(plans.gantry_stops, plans.arcs) is not null
                then coalesce(plans.gantry_stops, 0) + coalesce(plans.arcs, 0) * per_arc.gantry_stops
            when fields.untold = 0 then fields.static_stops + fields.arcs * per_arc.gantry_stops
        end as gantry_stops
    from plans
    inner join plan_techniques on plans.plan_id = plan_techniques.plan_id
    left join fields on plans.plan_id = fields.plan_id
    cross join per_arc
    where
        coalesce(plan_techniques.is_imrt, true)
        and plans.approval <> 'REJECTED'

),

planned_courses_with_stops as (

    select
        planned.course_id,
        sum(planned.gantry_stops) as gantry_stops
    from planned
    where planned.gantry_stops is not null
    group by planned.course_id

),

-- The chart's own number of portals, where one document states it as a number.
described as (

    select
        final_documents.course_id,
        sum(try_cast(document_elements.detail as integer)) as gantry_stops
    from final_documents
    inner join document_elements on final_documents.document_id = document_elements.document_id
    where
        final_documents.kind = 'portal_description'
        and document_elements.element = 'portal_count'
    group by final_documents.course_id

)

select
    planned_courses_with_stops.course_id,
    cast(planned_courses_with_stops.gantry_stops as bigint) as gantry_stops,
    'plan' as told_by
from planned_courses_with_stops

union all

select
    described.course_id,
    cast(described.gantry_stops as bigint) as gantry_stops,
    'chart' as told_by
from described
where
    described.gantry_stops > 0
    and not exists (
        select 1 from planned_courses_with_stops
        where planned_courses_with_stops.course_id = described.course_id
    )
