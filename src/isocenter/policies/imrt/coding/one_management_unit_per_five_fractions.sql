-- title:        One unit of treatment management is billed for five fractions
-- fault:        More weeks of management are billed than the fractions allow
-- requirements: MGMT-1
-- cites:        77427, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, weekly_management, stereotactic_management, delivery_kinds
-- consequence:  reduce
-- remedy:       Send the treatment records that show the fractions delivered, or withdraw the units beyond them.
-- carc:         151

select
    weekly_units.claim_line_id as subject_id,
    weekly_units.outcome,
    weekly_units.because,
    weekly_units.units_allowed
from weekly_units
where weekly_units.service = 'weekly_management'
