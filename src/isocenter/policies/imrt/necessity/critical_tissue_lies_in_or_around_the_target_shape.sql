-- title:        Critical tissue lies within or around a concave or convex target
-- requirements: NEC-C4
-- cites:        indications, paragraph 3, item 4
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Have the treating physician amend and sign the statement: which tissue lies within or around the target's shape, as the plan shows it.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_concavity'
