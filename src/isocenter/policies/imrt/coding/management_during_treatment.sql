-- title:        Treatment management is billed for patients under treatment
-- fault:        Treatment management is billed before treatment began
-- requirements: MGMT-1
-- cites:        77427, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     itself, delivery_kinds
-- consequence:  deny
-- remedy:       Correct the date, or send the treatment records of the fractions before it.
-- carc:         B15

select
    services_by_treatment.claim_line_id as subject_id,
    services_by_treatment.outcome,
    concat('treatment management on ', services_by_treatment.service_date, '; ', services_by_treatment.treatment)
        as because
from services_by_treatment
where services_by_treatment.code_list = 'weekly_management'
