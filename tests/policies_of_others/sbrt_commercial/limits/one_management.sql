-- title:        Management is billed once a course
-- requirements: SB-4
-- cites:        limits, paragraph 1, sentence 2
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, sbrt_management
-- consequence:  deny
-- remedy:       Bill management once.
-- carc:         97

with

numbered as (

    select
        sbrt_lines.claim_line_id,
        sum(sbrt_lines.units) over (
            partition by sbrt_lines.course_id
            order by sbrt_lines.service_date, sbrt_lines.claim_line_id
        ) as units_so_far
    from sbrt_lines
    where sbrt_lines.code_list = 'sbrt_management'

)

select
    numbered.claim_line_id as subject_id,
    case
        when numbered.units_so_far > 1 then 'not_met'
        when numbered.units_so_far <= 1 then 'met'
    end as outcome,
    concat('unit ', cast(numbered.units_so_far as bigint), ' of management in the course') as because
from numbered
