-- title: What the documents of a service state: those that name its claim line, else those of its course and procedure

select distinct
    coded_lines.claim_line_id,
    coded_lines.service_date,
    final_documents.kind,
    final_documents.document_id,
    final_documents.document_date,
    document_elements.element,
    document_elements.detail,
    final_documents.claim_line_id <> '' as names_its_line
from final_documents
inner join document_elements on final_documents.document_id = document_elements.document_id
inner join documented_services on final_documents.kind = documented_services.kind
inner join coded_lines
    on
        final_documents.course_id = coded_lines.course_id
        and documented_services.code_list = coded_lines.code_list
where
    final_documents.claim_line_id = coded_lines.claim_line_id
    or (
        final_documents.claim_line_id = ''
        and final_documents.procedure_code in ('', coded_lines.procedure_code)
    )
