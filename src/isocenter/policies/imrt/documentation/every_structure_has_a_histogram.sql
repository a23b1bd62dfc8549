-- title:        The dose of the plan reaches over every target and critical structure, so that each has its histogram
-- fault:        The planned dose does not cover some target or critical structure
-- requirements: IMRT-6, SYS-4
-- cites:        77301, paragraph 2, item 2
-- judges:       plan
-- needs:        plans, plan_measures, structures
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the dose of the plan on a grid that covers the structures named, or the histograms of the planning system for them.

with

-- Without a dose the histograms are a matter of the review in the chart.
with_dose as (

    select distinct plan_measures.plan_id
    from plan_measures
    where plan_measures.measure = 'dose_grid_spacing_mm'

),

drawn as (

    select
        structures.plan_id,
        structures.name,
        structures.role,
        plans.prescribed_dose_gy,
        max(case when plan_measures.measure = 'mean' then 1 else 0 end) as has_histogram,
        max(case when plan_measures.measure = 'dose_at_grid_edge_gy' then plan_measures.value end) as edge_gy
    from structures
    inner join with_dose on structures.plan_id = with_dose.plan_id
    inner join plans on structures.plan_id = plans.plan_id
    left join plan_measures
        on
            structures.plan_id = plan_measures.plan_id
            and structures.name = plan_measures.structure
    where
        structures.role in ('target', 'critical')
        and structures.volume_cc > 0
    group by structures.plan_id, structures.name, structures.role, plans.prescribed_dose_gy

),

shown as (

    select
        drawn.plan_id,
        drawn.name,
        case
            when drawn.has_histogram = 1 then 'whole'
            when
                drawn.role = 'critical'
                and drawn.edge_gy <= drawn.prescribed_dose_gy * readings.number / 100
                then 'low beyond'
            else 'missing'
        end as extent
    from drawn
    inner join readings on readings.name = 'edge_dose_percent'

),

counted as (

    select
        shown.plan_id,
        count(*) as structures,
        count(case when shown.extent = 'missing' then 1 end) as missing,
        count(case when shown.extent = 'low beyond' then 1 end) as low_beyond,
        coalesce(min(case when shown.extent = 'missing' then shown.name end), '') as first_missing
    from shown
    group by shown.plan_id

)

select
    plans.plan_id as subject_id,
    case when counted.missing = 0 then 'met' else 'not_documented' end as outcome,
    concat(
        'targets and critical structures drawn: ', counted.structures, ', not wholly within the dose that was sent: ',
        counted.missing,
        case when counted.missing = 0 then '' else concat(', such as ', counted.first_missing) end,
        case
            when counted.low_beyond = 0 then ''
            else concat('; reaching beyond it only where the dose at its edge is low: ', counted.low_beyond)
        end
    ) as because
from plans
inner join counted on plans.plan_id = counted.plan_id
