-- title:        One unit of weekly physics is billed for five fractions
-- fault:        More weeks of physics are billed than the fractions allow
-- requirements: PHYS-1
-- cites:        77336, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, continuing_physics, delivery_kinds
-- consequence:  reduce
-- remedy:       Send the treatment records that show the fractions delivered, or withdraw the units beyond them.
-- carc:         151

select
    weekly_units.claim_line_id as subject_id,
    weekly_units.outcome,
    weekly_units.because,
    weekly_units.units_allowed
from weekly_units
where
    weekly_units.service = 'continuing_physics'
    and weekly_units.course_id in (select imrt_courses.course_id from imrt_courses)
