-- title:        Critical tissue lies within or around a concave or convex target
-- fault:        Critical tissue within or around the target is stated and the plan or the site contradicts it
-- requirements: NEC-C4
-- cites:        indications, paragraph 3, item 4
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send what shows the tissue within or around the shape of the target, or the treating physician's correction of the statement.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.evidence,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_concavity'
