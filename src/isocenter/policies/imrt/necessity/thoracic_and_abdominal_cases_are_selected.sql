-- title:        IMRT of thorax and abdomen is for selected cases
-- fault:        The statement does not show why this thoracic or abdominal case is selected for IMRT
-- requirements: SITE-5
-- cites:        sites, paragraph 1, item 5
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the treating physician's signed statement of why this case is selected for IMRT.
-- asks:         necessity_statement

select
    selected_cases.course_id as subject_id,
    selected_cases.outcome,
    selected_cases.evidence,
    selected_cases.because
from selected_cases
where selected_cases.site in ('thorax', 'abdomen')
