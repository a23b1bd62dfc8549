-- title:        Treatment management is reported by the physician and has no components
-- fault:        Treatment management is billed with a component modifier or on a hospital's claim
-- requirements: MGMT-2
-- cites:        77427, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Bill treatment management on the physician's claim without a component modifier.
-- carc:         4

-- A critical access hospital may bill the physician's services on its own claims, of a type of bill 85x.

select
    coded_lines.claim_line_id as subject_id,
    case
        when coded_lines.is_technical_component then 'not_met'
        when coded_lines.is_professional_component and modifier_26.meaning = 'not accepted' then 'not_met'
        when coded_lines.setting = 'institutional' and physician_bill_types.begins_with is null then 'not_met'
        when coded_lines.setting = 'professional' then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'treatment management on ', coded_lines.service_date, ' with ',
        case
            when coded_lines.is_technical_component then 'the modifier of a technical component'
            when coded_lines.is_professional_component then 'the modifier of a professional component'
            else 'no component modifier'
        end,
        case
            when coded_lines.setting = 'institutional' then ', billed on a claim of a hospital'
            else ''
        end
    ) as because
from coded_lines
left join physician_bill_types
    on
        coded_lines.setting = 'institutional'
        and (
            substr(coded_lines.bill_type, 1, 2) = physician_bill_types.begins_with
            or (
                length(coded_lines.bill_type) = 4
                and substr(coded_lines.bill_type, 2, 2) = physician_bill_types.begins_with
            )
        )
cross join (
    select readings.meaning
    from readings
    where readings.name = 'management_modifier_26'
) as modifier_26
where coded_lines.code_list = 'weekly_management'
