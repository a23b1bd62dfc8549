-- title:        The measured dose agrees with the planned dose, and the measurement has a result
-- requirements: VER-1, SYS-5
-- cites:        verification, paragraph 1, sentence 1
-- judges:       plan
-- needs:        plans, verifications
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the measurement with its criteria and result, and what was done about a result below the action limit.

with

measured as (

    select
        verifications.plan_id,
        count(*) as measurements,
        count(verifications.value) as results,
        min(case when verifications.unit = '%' then verifications.value end) as least_percent,
        max(verifications.criteria) as criteria
    from verifications
    where verifications.kind = 'measurement'
    group by verifications.plan_id

)

select
    plans.plan_id as subject_id,
    case
        when measured.results < measured.measurements then 'not_documented'
        when measured.least_percent is null then 'not_documented'
        when measured.least_percent < readings.number then 'not_met'
        else 'met'
    end as outcome,
    concat(
        'measurements: ', measured.measurements, ', with a result: ', measured.results,
        case
            when measured.least_percent is null then '; none states a share of passing points in %'
            else concat(
                '; the least share of passing points is ',
                printf('%.1f', floor(measured.least_percent * 10 + 0.5) / 10),
                ' %, the action limit ', cast(floor(readings.number + 0.5) as integer), ' %'
            )
        end,
        case when measured.criteria = '' then '; criteria not stated' else concat(' (', measured.criteria, ')') end
    ) as because
from plans
inner join measured on plans.plan_id = measured.plan_id
inner join readings on readings.name = 'gamma_action_limit_percent'
