-- title:        IMRT of a spinal metastasis is for cases where conventional treatment may exceed the tolerance of the cord
-- requirements: SITE-2
-- cites:        sites, paragraph 1, item 2
-- judges:       course
-- needs:        courses, documents
-- uses:         claim_lines, diagnoses, claim_diagnoses, document_elements, signatures, plans
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the treating physician's signed statement that conventional treatment may exceed the tolerance of the cord, with the dose at stake.
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
where selected_cases.site = 'spine_metastasis'
