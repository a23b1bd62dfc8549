-- title: What was measured on each structure, and between a target and it, by the standard name of the structure
-- uses:  plans, plan_measures, structures

select
    plans.course_id,
    plan_measures.plan_id,
    structures.name,
    structures.standard_name,
    structures.role,
    plan_measures.measure,
    plan_measures.value
from plan_measures
inner join plans on plan_measures.plan_id = plans.plan_id
inner join structures
    on
        plan_measures.plan_id = structures.plan_id
        and (
            plan_measures.subject = structures.name
            or substr(plan_measures.subject, length(plan_measures.subject) - length(structures.name))
            = concat('|', structures.name)
        )
