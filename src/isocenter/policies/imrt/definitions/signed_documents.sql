-- title: Documents of the chart, with who signed each and on which day first and last

select
    final_documents.document_id,
    final_documents.course_id,
    final_documents.kind,
    final_documents.document_date,
    final_documents.procedure_code,
    final_documents.claim_line_id,
    count(case when signatures.role = 'radiation_oncologist' then 1 end) > 0 as is_signed_by_oncologist,
    count(case when signatures.role = 'medical_physicist' then 1 end) > 0 as is_signed_by_physicist,
    count(case when signatures.role = 'dosimetrist' then 1 end) > 0 as is_signed_by_dosimetrist,
    count(case when signatures.role in ('radiation_oncologist', 'treating_physician') then 1 end) > 0
        as is_signed_by_physician,
    min(case when signatures.role = 'radiation_oncologist' then signatures.signed_on end) as oncologist_signed_on,
    min(case when signatures.role = 'medical_physicist' then signatures.signed_on end) as physicist_signed_on,
    min(case when signatures.role in ('radiation_oncologist', 'treating_physician') then signatures.signed_on end)
        as physician_signed_on,
    max(case when signatures.role = 'radiation_oncologist' then signatures.signed_on end) as oncologist_signed_last_on,
    max(case when signatures.role = 'medical_physicist' then signatures.signed_on end) as physicist_signed_last_on,
    max(case when signatures.role in ('radiation_oncologist', 'treating_physician') then signatures.signed_on end)
        as physician_signed_last_on
from final_documents
left join signatures on final_documents.document_id = signatures.document_id
group by
    final_documents.document_id,
    final_documents.course_id,
    final_documents.kind,
    final_documents.document_date,
    final_documents.procedure_code,
    final_documents.claim_line_id
