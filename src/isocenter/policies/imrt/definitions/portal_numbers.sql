-- title: Numbers of portals that a chart may state of the plans of each course: the portals and arcs of one plan or of all, or their segments

with

plan_counts as (

    select
        plans.course_id,
        plans.plan_id,
        count(*) as fields,
        sum(plan_fields.segments) as segments
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    where plans.approval = 'APPROVED'
    group by plans.course_id, plans.plan_id

),

all_counts as (

    select
        plan_counts.course_id,
        plan_counts.fields as portals
    from plan_counts

    union all

    select
        plans_that_count_stops.course_id,
        plans_that_count_stops.gantry_stops + plans_that_count_stops.arcs as portals
    from plans_that_count_stops

)

-- Several portals may share one gantry stop; no gantry stop is without a portal.
select
    plan_counts.course_id,
    plan_counts.fields as number,
    false as may_be_more
from plan_counts

union

select
    plan_counts.course_id,
    plan_counts.segments as number,
    false as may_be_more
from plan_counts

union

select
    all_counts.course_id,
    sum(all_counts.portals) as number,
    false as may_be_more
from all_counts
group by all_counts.course_id

union

select
    plan_counts.course_id,
    sum(plan_counts.segments) as number,
    false as may_be_more
from plan_counts
group by plan_counts.course_id

union

select
    plans_that_count_stops.course_id,
    plans_that_count_stops.gantry_stops + plans_that_count_stops.arcs as number,
    plans_that_count_stops.gantry_stops > 0 as may_be_more
from plans_that_count_stops

union

select
    plans_that_count_stops.course_id,
    plans_that_count_stops.arcs as number,
    false as may_be_more
from plans_that_count_stops
where plans_that_count_stops.arcs > 0
