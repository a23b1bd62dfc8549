-- title:        Narrow margins protect what lies immediately next to the volume
-- requirements: NEC-C2
-- cites:        indications, paragraph 3, item 2
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Have the treating physician amend and sign the statement: which structures the narrow margins protect, with the margins that the plan has.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_narrow_margins'
