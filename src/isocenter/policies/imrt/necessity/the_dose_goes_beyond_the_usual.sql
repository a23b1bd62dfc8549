-- title:        The planned dose goes beyond what is usual with conventional treatment
-- requirements: NEC-C5
-- cites:        indications, paragraph 3, item 5
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Have the treating physician amend and sign the statement: the dose planned, the dose usual for such tumours and why this one goes beyond it.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_dose_escalation'
