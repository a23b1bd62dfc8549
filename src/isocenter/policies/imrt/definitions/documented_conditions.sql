-- title: Conditions that a signed statement of medical necessity documents, with by whom and when

with

ranked as (

    select
        necessity_statements.course_id,
        document_elements.element as condition,
        document_elements.detail,
        necessity_statements.document_id,
        necessity_statements.signed_on,
        necessity_statements.signer,
        row_number() over (
            partition by necessity_statements.course_id, document_elements.element
            order by necessity_statements.signed_on, necessity_statements.document_id, document_elements.detail
        ) as place
    from necessity_statements
    inner join document_elements on necessity_statements.document_id = document_elements.document_id
    where document_elements.element in (select conditions.condition from conditions)

)

select
    ranked.course_id,
    ranked.condition,
    concat(
        'statement ', ranked.document_id, ' documents it',
        case when ranked.detail = '' then '' else concat(' (', ranked.detail, ')') end,
        ', signed ', case when ranked.signer = '' then '' else concat('by ', ranked.signer, ' ') end,
        'on ', ranked.signed_on
    ) as documented_by
from ranked
where ranked.place = 1
