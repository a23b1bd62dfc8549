-- title:        Units of a day beyond the limit that the user loaded are documented
-- fault:        More units are billed than the day's limit and their work is not documented
-- requirements: UTIL-2
-- cites:        utilization, paragraph 2, sentence 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, unit_limits
-- asks:         procedure_record
-- rests_on:     none
-- consequence:  review
-- remedy:       Send the record that proves the work of each unit.

with

documented as (

    select distinct line_statements.claim_line_id
    from line_statements
    where line_statements.kind = 'procedure_record' and line_statements.element = 'proof_of_work'

),

judged as (

    select
        limited_lines.claim_line_id,
        limited_lines.procedure_code,
        limited_lines.service_date,
        limited_lines.units_so_far,
        limited_lines.unit_limit,
        limited_lines.is_open,
        documented.claim_line_id is not null as is_documented
    from limited_lines
    left join documented on limited_lines.claim_line_id = documented.claim_line_id
    where limited_lines.adjudication = 3

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.units_so_far <= judged.unit_limit or judged.is_documented then 'met'
        when judged.is_open then 'not_documented'
        when judged.units_so_far > judged.unit_limit then 'not_met'
    end as outcome,
    concat(
        judged.units_so_far, ' units of ', judged.procedure_code, ' of this provider so far on ', judged.service_date,
        '; the limit of a day is ', judged.unit_limit,
        case
            when judged.units_so_far <= judged.unit_limit then ''
            when judged.is_documented then '; the work is documented'
            when judged.is_open
                then '; the work beyond it is not documented, and the claim does not state its setting, which decides whether that limit counts'
            else '; the work beyond it is not documented'
        end
    ) as because
from judged
