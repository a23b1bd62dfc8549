-- title: What each document of the chart states, with who signed it and the plan or replan that it belongs to

select
    plan_documents.*,
    document_elements.element,
    document_elements.detail
from plan_documents
inner join document_elements on plan_documents.document_id = document_elements.document_id
