-- title:        The planned dose goes beyond what is usual with conventional treatment
-- fault:        Dose escalation is stated and the prescription contradicts it
-- requirements: NEC-C5
-- cites:        indications, paragraph 3, item 5
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the dose that is usual for this tumor and why this prescription goes beyond it, or the treating physician's correction of the statement.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.evidence,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_dose_escalation'
