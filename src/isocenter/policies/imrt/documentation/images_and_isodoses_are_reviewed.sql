-- title:        The radiation oncologist reviewed images of target and critical structures with isodoses, signed and dated
-- fault:        No signed review of images and isodoses is in the chart
-- requirements: IMRT-5
-- cites:        77301, paragraph 2, item 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the radiation oncologist's signed and dated review of the CT or MRI images that show target and critical structures, with isodoses.
-- asks:         image_review

select
    plan_reviews.course_id as subject_id,
    plan_reviews.outcome,
    plan_reviews.because
from plan_reviews
where plan_reviews.kind = 'image_review'
