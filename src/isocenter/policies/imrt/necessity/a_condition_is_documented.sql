-- title:        At least one of the five conditions is documented by the treating physician
-- requirements: NEC-1, REC-4
-- cites:        indications, paragraph 3
-- judges:       course
-- needs:        courses, documents
-- uses:         claim_lines, diagnoses, claim_diagnoses, document_elements, signatures, plans, plan_measures, prior_irradiations
-- readings:     close_proximity_mm, remote_mm, steep_dose_fall_gy_per_mm, narrow_margin_mm, wide_margin_mm, prior_adjacency_mm, solidity_concave, share_in_concavity_percent, escalation_gy, alpha_beta_gy
-- affects:      imrt_service_lines
-- consequence:  not_necessary
-- remedy:       Send the treating physician's signed and dated statement that names the condition for which this patient needs IMRT.
-- asks:         necessity_statement
-- carc:         50

select
    necessity_of_courses.course_id as subject_id,
    necessity_of_courses.outcome,
    necessity_of_courses.because
from necessity_of_courses
