-- title:        An add-on code is billed beside one of its primary codes
-- requirements: ADDON-1
-- cites:        add-ons-type-1, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, add_on_codes
-- rests_on:     none
-- consequence:  deny
-- remedy:       Bill the primary service of the day on the same claim, send the claim it is on, or take the add-on code off.
-- carc:         B15
-- rarc:         N122

select
    add_on_lines.claim_line_id as subject_id,
    case
        when add_on_lines.primary_code <> '' then 'met'
        when add_on_lines.other_code <> '' then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'the add-on code ', add_on_lines.procedure_code, ' on ', add_on_lines.service_date,
        case
            when add_on_lines.primary_code <> '' then concat(' is billed beside ', add_on_lines.primary_code)
            when add_on_lines.other_code <> ''
                then concat(' is billed beside ', add_on_lines.other_code, ' and beside none of its primary codes')
            else ', and no other service of its provider for that day was supplied'
        end
    ) as because
from add_on_lines
where add_on_lines.add_on_type = 1
