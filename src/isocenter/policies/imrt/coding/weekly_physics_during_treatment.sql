-- title:        Weekly physics is billed for the time of treatment, not for making the plan
-- fault:        Weekly physics is billed before treatment began
-- requirements: PHYS-1
-- cites:        77336, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, delivery_kinds
-- consequence:  deny
-- remedy:       Correct the date, or send the treatment records of the fractions before it.
-- carc:         97
-- rarc:         M15

select
    services_by_treatment.claim_line_id as subject_id,
    services_by_treatment.outcome,
    concat('weekly physics on ', services_by_treatment.service_date, '; ', services_by_treatment.treatment) as because
from services_by_treatment
where
    services_by_treatment.code_list = 'continuing_physics'
    and services_by_treatment.course_id in (select imrt_courses.course_id from imrt_courses)
