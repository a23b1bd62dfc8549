-- title: The plan of its course or the replan that each plan file belongs to, by its day

select
    plans.plan_id,
    plans.course_id,
    coalesce(max(plan_phases.phase), 1) as phase
from plans
left join plan_phases
    on
        plans.course_id = plan_phases.course_id
        and plan_phases.prepared_from <= coalesce(plans.plan_date, plans.approved_on)
where plans.approval <> 'REJECTED'
group by plans.plan_id, plans.course_id
