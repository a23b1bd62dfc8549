-- title:        The area next to the target was irradiated before and portals must abut precisely
-- fault:        Prior irradiation next to the target is stated and the record contradicts it
-- requirements: NEC-C3
-- cites:        indications, paragraph 3, item 3
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the record of the earlier course with its dose, date and distance from the target, or the treating physician's correction of the statement.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.evidence,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_prior_irradiation'
