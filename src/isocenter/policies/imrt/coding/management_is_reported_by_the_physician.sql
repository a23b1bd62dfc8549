-- title:        Treatment management is reported by the physician
-- fault:        Treatment management is billed on a hospital's claim
-- requirements: MGMT-2
-- cites:        77427, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     none
-- consequence:  deny
-- remedy:       Withdraw treatment management from the hospital's claim; the physician bills it on a professional claim.
-- carc:         170
-- rarc:         N95

-- A critical access hospital may bill the physician's services on its own claims, of a type of bill 85x.

select
    coded_lines.claim_line_id as subject_id,
    case
        when coded_lines.setting = 'professional' then 'met'
        when management_of_hospitals.claim_line_id is not null then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'treatment management on ', coded_lines.service_date, ', billed on ',
        case
            when coded_lines.setting = 'professional' then 'a professional claim'
            when coded_lines.setting = 'institutional' and coded_lines.bill_type = ''
                then 'a claim of a hospital without a type of bill'
            when coded_lines.setting = 'institutional'
                then concat('a claim of a hospital, type of bill ', coded_lines.bill_type)
            else 'a claim that does not state whether a physician or a hospital bills'
        end
    ) as because
from coded_lines
left join management_of_hospitals on coded_lines.claim_line_id = management_of_hospitals.claim_line_id
where coded_lines.code_list = 'weekly_management'
