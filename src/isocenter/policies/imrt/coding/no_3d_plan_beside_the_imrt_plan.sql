-- title:        A 3D plan is billed beside the IMRT plan of a course only where the anatomy changed
-- fault:        A 3D plan is billed beside the IMRT plan
-- requirements: IMRT-4
-- cites:        77301, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, imrt_plan, plan_3d
-- consequence:  reduce
-- remedy:       Send the physician's signed and dated note of the change of anatomy during treatment and of the repeat planning CT, or withdraw the 3D plan.
-- asks:         anatomy_change
-- carc:         97
-- rarc:         M15

select
    judged_plans.claim_line_id as subject_id,
    judged_plans.outcome,
    concat('3D plan ', judged_plans.units_so_far, ' ', judged_plans.basis) as because,
    judged_plans.units_allowed
from judged_plans
where judged_plans.code_list = 'plan_3d'
