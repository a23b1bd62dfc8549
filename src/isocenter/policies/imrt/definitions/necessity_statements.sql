-- title: Statements of medical necessity that the treating physician or radiation oncologist signed

select
    final_documents.document_id,
    final_documents.course_id,
    final_documents.document_date,
    min(signatures.signed_on) as signed_on,
    min(signatures.signer) as signer
from final_documents
inner join signatures on final_documents.document_id = signatures.document_id
where
    final_documents.kind = 'necessity_statement'
    and signatures.role in ('treating_physician', 'radiation_oncologist')
    and signatures.signed_on is not null
group by final_documents.document_id, final_documents.course_id, final_documents.document_date
