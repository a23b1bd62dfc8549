-- title:        IMRT of the breast is for selected cases: left beside the heart, right with large volume and separation
-- requirements: SITE-6
-- cites:        sites, paragraph 1, item 6
-- judges:       course
-- needs:        courses, documents
-- uses:         claim_lines, diagnoses, claim_diagnoses, document_elements, signatures, plans
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the side treated and the treating physician's signed statement: left, the heart's nearness; right, breast volume and chest-wall separation.
-- asks:         necessity_statement

select
    selected_cases.course_id as subject_id,
    case
        when selected_cases.qualifiers > 0 and selected_cases.missing = 0 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when selected_cases.qualifiers = 0 then 'the record does not say which breast is treated'
        when selected_cases.missing = 0
            then concat(selected_cases.site_in_words, ': the signed statement says what makes this a selected case')
        else concat(selected_cases.site_in_words, ': no signed statement tells ', selected_cases.first_missing)
    end as because
from selected_cases
where selected_cases.site = 'breast'
