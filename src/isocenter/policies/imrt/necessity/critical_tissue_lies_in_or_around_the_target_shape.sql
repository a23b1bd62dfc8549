-- title:        Critical tissue lies within or around a concave or convex target
-- requirements: NEC-C4
-- cites:        indications, paragraph 3, item 4
-- judges:       course
-- needs:        courses, documents
-- uses:         claim_lines, diagnoses, claim_diagnoses, document_elements, signatures, plans, plan_measures, prior_irradiations
-- readings:     solidity_concave, share_in_concavity_percent, close_proximity_mm, remote_mm
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
