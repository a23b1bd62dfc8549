-- title:        Treatment management is the physician's own and has no components
-- requirements: MGMT-2
-- cites:        77427, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Bill treatment management without a component modifier.
-- carc:         4

select
    coded_lines.claim_line_id as subject_id,
    case
        when coded_lines.is_professional_component or coded_lines.is_technical_component then 'not_met'
        else 'met'
    end as outcome,
    concat(
        'treatment management on ', coded_lines.service_date, ' with ',
        case
            when coded_lines.is_technical_component then 'the modifier of a technical component'
            when coded_lines.is_professional_component then 'the modifier of a professional component'
            else 'no component modifier'
        end
    ) as because
from coded_lines
where coded_lines.code_list = 'weekly_management'
