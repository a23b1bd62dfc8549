-- title:        IMRT of thorax and abdomen is for selected cases
-- requirements: SITE-5
-- cites:        sites, paragraph 1, item 5
-- judges:       course
-- needs:        courses, documents
-- uses:         claim_lines, diagnoses, claim_diagnoses, document_elements, signatures, plans
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the treating physician's signed statement why this case is selected for IMRT.
-- asks:         necessity_statement

select
    selected_cases.course_id as subject_id,
    case when selected_cases.missing = 0 then 'met' else 'not_documented' end as outcome,
    case
        when selected_cases.missing = 0
            then concat(selected_cases.site_in_words, ': the signed statement says what makes this a selected case')
        else concat(selected_cases.site_in_words, ': no signed statement tells ', selected_cases.first_missing)
    end as because
from selected_cases
where selected_cases.site in ('thorax', 'abdomen')
