-- title: Gantry stops of each course's plans, as the plans count them, by their fields, else as the chart states them

with

-- The leaves shape no field of electrons.
fields as (

    select
        plan_fields.plan_id,
        count(distinct case when not plan_fields.is_arc then plan_fields.gantry_start_deg end) as static_stops,
        count(case when plan_fields.is_arc then 1 end) as arcs,
        count(case when plan_fields.is_arc is null then 1 end)
        + count(case when not plan_fields.is_arc and plan_fields.gantry_start_deg is null then 1 end) as undescribed
    from plan_fields
    where plan_fields.modality <> 'ELECTRON'
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
            when fields.undescribed = 0 then fields.static_stops + fields.arcs * per_arc.gantry_stops
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

-- The chart's own number of portals, of the plan and of each replan.
described as (

    select
        described_portals.course_id,
        sum(described_portals.portals) as gantry_stops,
        sum(described_portals.portals_at_most) as gantry_stops_at_most,
        max(described_portals.unread_count) as unread_count
    from described_portals
    group by described_portals.course_id

)

select
    planned_courses_with_stops.course_id,
    cast(planned_courses_with_stops.gantry_stops as bigint) as gantry_stops,
    cast(planned_courses_with_stops.gantry_stops as bigint) as gantry_stops_at_most,
    '' as unread_count,
    'plan' as counted_in
from planned_courses_with_stops

union all

select
    described.course_id,
    cast(described.gantry_stops as bigint) as gantry_stops,
    cast(described.gantry_stops_at_most as bigint) as gantry_stops_at_most,
    case when described.gantry_stops is null then described.unread_count else '' end as unread_count,
    'chart' as counted_in
from described
where
    not exists (
        select 1 from planned_courses_with_stops
        where planned_courses_with_stops.course_id = described.course_id
    )
