-- title: Documented changes of anatomy with a repeat planning CT, each with its date

select
    documents.document_id,
    documents.course_id,
    documents.document_date
from documents
where
    documents.kind = 'anatomy_change'
    and documents.document_date is not null
    and exists (
        select 1 from document_elements
        where
            document_elements.document_id = documents.document_id
            and document_elements.element = 'anatomy_change'
    )
    and exists (
        select 1 from document_elements
        where
            document_elements.document_id = documents.document_id
            and document_elements.element = 'repeat_planning_ct'
    )
