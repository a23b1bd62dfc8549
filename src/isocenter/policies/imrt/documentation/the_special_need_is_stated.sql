-- title:        The treating physician states why IMRT and not conventional or 3D treatment, and addresses the critical structures
-- requirements: REC-2, SYS-3
-- cites:        documentation, paragraph 1, item 2
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the treating physician's signed statement why conventional or 3D treatment would not serve this patient and which critical structures are at stake.
-- asks:         necessity_statement

with

stated as (

    select
        necessity_statements.course_id,
        min(necessity_statements.document_id) as first_document,
        min(necessity_statements.signed_on) as signed_on,
        max(case when document_elements.element = 'compared_with_3d' then 1 else 0 end) as compares,
        max(case when document_elements.element = 'critical_structures_addressed' then 1 else 0 end) as addresses
    from necessity_statements
    left join document_elements on necessity_statements.document_id = document_elements.document_id
    group by necessity_statements.course_id

)

select
    courses_under_review.course_id as subject_id,
    case when stated.compares = 1 and stated.addresses = 1 then 'met' else 'not_documented' end as outcome,
    case
        when stated.course_id is null
            then 'the chart holds no statement with a dated signature of the treating physician'
        else concat(
            'statement ', stated.first_document, ' of ', stated.signed_on, ' ',
            case when stated.compares = 1 then 'compares' else 'does not compare' end,
            ' IMRT with conventional or 3D treatment and ',
            case when stated.addresses = 1 then 'addresses' else 'does not address' end,
            ' the critical structures'
        )
    end as because
from courses_under_review
left join stated on courses_under_review.course_id = stated.course_id
