-- title:        A special physics consultation documents need and use, at a time apart from IMRT planning or for another modality
-- fault:        Need and use of the special physics consultation are not documented
-- requirements: PHYS-2
-- cites:        77370, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the physician's request naming the problem, the physicist's report and how it was used, and why it was no part of IMRT planning.
-- asks:         special_physics_consultation

with

stated as (

    select
        service_statements.claim_line_id,
        max(case when service_statements.element = 'need' then 1 else 0 end) as has_need,
        max(case when service_statements.element = 'use' then 1 else 0 end) as has_use,
        max(case when service_statements.element = 'separate_from_planning' then 1 else 0 end) as is_separate,
        max(case when service_statements.element = 'other_modality' then 1 else 0 end) as is_for_other_modality,
        min(service_statements.document_id) as first_document
    from service_statements
    where service_statements.kind = 'special_physics_consultation'
    group by service_statements.claim_line_id

),

consultations as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        coalesce(stated.first_document, '') as first_document,
        coalesce(stated.has_need, 0) as has_need,
        coalesce(stated.has_use, 0) as has_use,
        coalesce(stated.is_separate, 0) as is_separate,
        coalesce(stated.is_for_other_modality, 0) as is_for_other_modality,
        coalesce(coded_lines.service_date > delivery_spans.first_delivery, false) as is_during_treatment
    from coded_lines
    left join stated on coded_lines.claim_line_id = stated.claim_line_id
    left join delivery_spans on coded_lines.course_id = delivery_spans.course_id
    where
        coded_lines.code_list = 'special_physics'
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)

)

select
    consultations.claim_line_id as subject_id,
    case
        when consultations.has_need + consultations.has_use < 2 then 'not_documented'
        when consultations.is_separate = 1 or consultations.is_for_other_modality = 1 then 'met'
        when consultations.is_during_treatment then 'met'
        else 'not_documented'
    end as outcome,
    case
        when consultations.first_document = '' then 'no record of it is in the chart'
        else concat(
            'need: ', case when consultations.has_need = 1 then 'stated' else 'not stated' end,
            '; use: ', case when consultations.has_use = 1 then 'stated' else 'not stated' end, '; ',
            case
                when consultations.is_for_other_modality = 1 then 'it concerns another modality'
                when consultations.is_separate = 1 then 'it is apart from IMRT planning'
                when consultations.is_during_treatment then 'it took place after treatment had begun'
                else 'nothing sets it apart from IMRT planning'
            end
        )
    end as because
from consultations
