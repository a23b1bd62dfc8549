-- title: What each document of the chart states, with who signed it and on which day first

select
    signed_documents.*,
    document_elements.element,
    document_elements.detail
from signed_documents
inner join document_elements on signed_documents.document_id = document_elements.document_id
