-- title:        The dose is given on a grid fine enough to show the whole dose
-- fault:        The dose grid is too coarse to show the whole dose
-- requirements: IMRT-5, SYS-4
-- cites:        77301, paragraph 2, item 1
-- judges:       plan
-- needs:        plans, plan_measures
-- affects:      imrt_service_lines
-- consequence:  inform
-- remedy:       Send the dose of the plan on a finer grid.

with

grids as (

    select
        plan_measures.plan_id,
        max(plan_measures.value) as spacing_mm
    from plan_measures
    where plan_measures.measure = 'dose_grid_spacing_mm'
    group by plan_measures.plan_id

)

select
    plans.plan_id as subject_id,
    case when grids.spacing_mm <= readings.number then 'met' else 'not_met' end as outcome,
    concat(
        'the widest step of the dose grid is ', printf('%.1f', floor(grids.spacing_mm * 10 + 0.5) / 10),
        ' mm, of at most ', printf('%.1f', floor(readings.number * 10 + 0.5) / 10), ' mm'
    ) as because
from plans
inner join grids on plans.plan_id = grids.plan_id
inner join readings on readings.name = 'dose_grid_spacing_mm'
