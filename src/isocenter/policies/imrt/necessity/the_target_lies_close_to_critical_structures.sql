-- title:        The target lies close to critical structures that must be protected
-- requirements: NEC-C1
-- cites:        indications, paragraph 3, item 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Have the treating physician amend and sign the statement: which critical structures lie close to the target, with the distances that the plan shows.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_proximity'
