-- title: Documents of the chart, with who signed each and on which day first

select
    documents.document_id,
    documents.course_id,
    documents.kind,
    documents.document_date,
    documents.procedure_code,
    documents.claim_line_id,
    count(case when signatures.role = 'radiation_oncologist' then 1 end) > 0 as is_signed_by_oncologist,
    count(case when signatures.role = 'medical_physicist' then 1 end) > 0 as is_signed_by_physicist,
    count(case when signatures.role = 'dosimetrist' then 1 end) > 0 as is_signed_by_dosimetrist,
    count(case when signatures.role in ('radiation_oncologist', 'treating_physician') then 1 end) > 0
        as is_signed_by_physician,
    min(case when signatures.role = 'radiation_oncologist' then signatures.signed_on end) as oncologist_signed_on,
    min(case when signatures.role = 'medical_physicist' then signatures.signed_on end) as physicist_signed_on,
    min(case when signatures.role in ('radiation_oncologist', 'treating_physician') then signatures.signed_on end)
        as physician_signed_on
from documents
left join signatures on documents.document_id = signatures.document_id
group by
    documents.document_id,
    documents.course_id,
    documents.kind,
    documents.document_date,
    documents.procedure_code,
    documents.claim_line_id
