-- title:        Motion management simulation is added to a plan of the same day
-- requirements: CODE-2
-- cites:        coding, paragraph 5
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Send the claim of the plan that the simulation was added to, also where another provider billed it.
-- carc:         B15

with

-- Medicare's guidance wants the addition on the day of its plan.
plan_days as (

    select
        coded_lines.member_id,
        coded_lines.service_date,
        min(coded_lines.procedure_code) as procedure_code
    from coded_lines
    where coded_lines.code_list = 'primary_of_motion_management'
    group by coded_lines.member_id, coded_lines.service_date

)

select
    coded_lines.claim_line_id as subject_id,
    case when plan_days.member_id is null then 'not_met' else 'met' end as outcome,
    concat(
        'motion management simulation on ', coded_lines.service_date, '; plan of that day: ',
        coalesce(plan_days.procedure_code, 'none billed')
    ) as because
from coded_lines
left join plan_days
    on
        coded_lines.member_id = plan_days.member_id
        and coded_lines.service_date = plan_days.service_date
where coded_lines.code_list = 'motion_management_simulation'
