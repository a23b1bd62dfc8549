-- title:        The radiation oncologist reviewed the dose-volume histograms of all targets and critical structures
-- fault:        No signed review of the dose-volume histograms is in the chart
-- requirements: IMRT-6
-- cites:        77301, paragraph 2, item 2
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the radiation oncologist's signed review of the dose-volume histograms of all targets and critical structures.
-- asks:         dvh_review

select
    plan_reviews.course_id as subject_id,
    plan_reviews.outcome,
    plan_reviews.because
from plan_reviews
where plan_reviews.kind = 'dvh_review'
