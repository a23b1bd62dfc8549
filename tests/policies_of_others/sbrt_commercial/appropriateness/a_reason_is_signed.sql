-- title:        A reason for stereotactic treatment is stated and signed
-- requirements: SB-2
-- cites:        reasons, paragraph 1
-- judges:       course
-- needs:        courses, documents, document_elements, signatures
-- affects:      sbrt_lines
-- consequence:  not_necessary
-- remedy:       Send the signed treatment note that names the reason.
-- asks:         treatment_note

with

signed_reasons as (

    select
        documents.course_id,
        min(conditions.label) as reason
    from documents
    inner join document_elements on documents.document_id = document_elements.document_id
    inner join conditions on document_elements.element = conditions.condition
    inner join signatures on documents.document_id = signatures.document_id
    where documents.kind = 'treatment_note' and signatures.role = 'radiation_oncologist'
    group by documents.course_id

)

select
    courses.course_id as subject_id,
    case when signed_reasons.reason is not null then 'met' else 'not_documented' end as outcome,
    coalesce(concat('signed as a reason: ', signed_reasons.reason), 'no signed note names a reason') as because
from courses
left join signed_reasons on courses.course_id = signed_reasons.course_id
