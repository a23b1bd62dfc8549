-- title: Plans of IMRT that do not list their fields and still count their gantry stops and arcs

select
    plans.course_id,
    plans.plan_id,
    coalesce(plans.gantry_stops, 0) as gantry_stops,
    coalesce(plans.arcs, 0) as arcs
from plans
inner join plan_techniques on plans.plan_id = plan_techniques.plan_id
where
    plans.approval in ('APPROVED', '')
    and coalesce(plan_techniques.is_imrt, true)
    and coalesce(plans.gantry_stops, 0) + coalesce(plans.arcs, 0) > 0
    and not exists (
        select 1 from plan_fields
        where plan_fields.plan_id = plans.plan_id
    )
