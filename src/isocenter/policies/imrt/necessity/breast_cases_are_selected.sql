-- title:        IMRT of the breast is for selected cases: left beside the heart, right with large volume and separation
-- fault:        The statement does not show why this breast case is selected for IMRT
-- requirements: SITE-6
-- cites:        sites, paragraph 1, item 6
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the side treated and the treating physician's signed statement: left, the heart's nearness; right, breast volume and chest-wall separation.
-- asks:         necessity_statement

select
    selected_cases.course_id as subject_id,
    selected_cases.outcome,
    selected_cases.evidence,
    selected_cases.because
from selected_cases
where selected_cases.site = 'breast'
