-- title:        The target lies close to critical structures that must be protected
-- fault:        Close proximity to critical structures is stated and the plan or the site contradicts it
-- requirements: NEC-C1
-- cites:        indications, paragraph 3, item 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send what shows the structure named in the statement close to the target, or the treating physician's correction of the statement.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.evidence,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_proximity'
