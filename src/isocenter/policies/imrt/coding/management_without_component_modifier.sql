-- title:        Treatment management has no professional and technical parts
-- fault:        Treatment management is billed with a component modifier
-- requirements: MGMT-2
-- cites:        77427, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     none
-- consequence:  deny
-- remedy:       Bill treatment management without a component modifier.
-- carc:         4

select
    coded_lines.claim_line_id as subject_id,
    case
        when coded_lines.is_technical_component then 'not_met'
        when coded_lines.is_professional_component and modifier_26.meaning = 'not accepted' then 'not_met'
        when coded_lines.is_professional_component and modifier_26.meaning = 'accepted' then 'met'
        when not coded_lines.is_technical_component and not coded_lines.is_professional_component then 'met'
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
cross join (
    select readings.meaning
    from readings
    where readings.name = 'management_modifier_26'
) as modifier_26
where coded_lines.code_list = 'weekly_management'
