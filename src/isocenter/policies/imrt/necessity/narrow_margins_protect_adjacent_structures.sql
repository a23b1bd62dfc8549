-- title:        Narrow margins protect what lies immediately next to the volume
-- fault:        Narrow margins are stated and the plan or the site contradicts them
-- requirements: NEC-C2
-- cites:        indications, paragraph 3, item 2
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send what shows the narrow margin named in the statement, or the treating physician's correction of the statement.
-- asks:         necessity_statement

select
    weighed_conditions.course_id as subject_id,
    weighed_conditions.outcome,
    weighed_conditions.evidence,
    weighed_conditions.because
from weighed_conditions
where weighed_conditions.condition = 'condition_narrow_margins'
