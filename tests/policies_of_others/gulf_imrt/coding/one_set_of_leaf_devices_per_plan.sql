-- title:        Devices of the multileaf collimator are billed once for each IMRT plan
-- requirements: GULF-1
-- cites:        77338, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Bill the devices once for each plan, or add the claim of the other plan.
-- carc:         97

with

plans_billed as (

    select
        coded_lines.course_id,
        sum(coded_lines.units) as plans
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'
    group by coded_lines.course_id

),

devices as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        sum(coded_lines.units) over (
            partition by coded_lines.course_id
            order by coded_lines.service_date, coded_lines.claim_line_id
        ) as sets_so_far
    from coded_lines
    where coded_lines.code_list = 'multileaf_devices'

)

select
    devices.claim_line_id as subject_id,
    case
        when plans_billed.plans is null then 'not_documented'
        when devices.sets_so_far > plans_billed.plans then 'not_met'
        when devices.sets_so_far <= plans_billed.plans then 'met'
    end as outcome,
    concat(
        cast(devices.sets_so_far as bigint), ' sets of leaf devices so far; IMRT plans billed: ',
        cast(coalesce(plans_billed.plans, 0) as bigint)
    ) as because
from devices
left join plans_billed on devices.course_id = plans_billed.course_id
