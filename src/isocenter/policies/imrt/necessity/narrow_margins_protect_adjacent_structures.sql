-- title:        Narrow margins protect what lies immediately next to the volume
-- requirements: NEC-C2
-- cites:        indications, paragraph 3, item 2
-- judges:       course
-- needs:        courses, documents
-- uses:         claim_lines, diagnoses, claim_diagnoses, document_elements, signatures, plans, plan_measures, prior_irradiations
-- readings:     narrow_margin_mm, wide_margin_mm
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
