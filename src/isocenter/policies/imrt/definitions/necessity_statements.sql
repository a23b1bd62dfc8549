-- title: Statements of medical necessity that the treating physician or radiation oncologist signed

select
    documents.document_id,
    documents.course_id,
    documents.document_date,
    min(signatures.signed_on) as signed_on,
    min(signatures.signer) as signer
from documents
inner join signatures on documents.document_id = signatures.document_id
where
    documents.kind = 'necessity_statement'
    and signatures.role in ('treating_physician', 'radiation_oncologist')
    and signatures.signed_on is not null
group by documents.document_id, documents.course_id, documents.document_date
