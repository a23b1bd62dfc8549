-- title:        An add-on code whose primary codes the contractor decides is billed beside a service that may be one
-- requirements: ADDON-2, ADDON-3
-- cites:        add-ons-type-3, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, add_on_codes
-- rests_on:     none
-- consequence:  review
-- remedy:       Name the primary service of the day and the contractor's list that accepts it.

select
    add_on_lines.claim_line_id as subject_id,
    case
        when add_on_lines.primary_code <> '' then 'met'
        when add_on_lines.add_on_type = 2 and add_on_lines.other_code <> '' then 'met'
        when add_on_lines.primary_code = '' then 'not_met'
    end as outcome,
    concat(
        'the add-on code ', add_on_lines.procedure_code, ' on ', add_on_lines.service_date,
        case
            when add_on_lines.primary_code <> '' then concat(' is billed beside ', add_on_lines.primary_code)
            when add_on_lines.other_code = '' then ' is billed alone'
            when add_on_lines.add_on_type = 2
                then concat(' is billed beside ', add_on_lines.other_code, '; the contractor decides whether that serves')
            else concat(
                ' is billed beside ', add_on_lines.other_code, ', which its list does not name; the contractor may accept it'
            )
        end
    ) as because
from add_on_lines
where add_on_lines.add_on_type in (2, 3)
