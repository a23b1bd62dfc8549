-- title: What the documents of a service state: those that name its claim line, else those of its course and procedure

select distinct
    coded_lines.claim_line_id,
    coded_lines.service_date,
    documents.kind,
    documents.document_id,
    documents.document_date,
    document_elements.element,
    document_elements.detail,
    documents.claim_line_id <> '' as names_its_line
from documents
inner join document_elements on documents.document_id = document_elements.document_id
inner join documented_services on documents.kind = documented_services.kind
inner join coded_lines
    on
        documents.course_id = coded_lines.course_id
        and documented_services.code_list = coded_lines.code_list
where
    documents.claim_line_id = coded_lines.claim_line_id
    or (
        documents.claim_line_id = ''
        and documents.procedure_code in ('', coded_lines.procedure_code)
    )
