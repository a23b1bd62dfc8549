-- title:        IMRT of a spinal metastasis is for cases where conventional treatment may exceed the tolerance of the cord
-- fault:        The risk to the spinal cord from conventional treatment is not shown
-- requirements: SITE-2
-- cites:        sites, paragraph 1, item 2
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the treating physician's signed statement that conventional treatment may exceed the tolerance of the cord, with the dose at stake.
-- asks:         necessity_statement

select
    selected_cases.course_id as subject_id,
    selected_cases.outcome,
    selected_cases.evidence,
    selected_cases.because
from selected_cases
where selected_cases.site = 'spine_metastasis'
