-- title: Diagnoses of each course, as the record states them and as they are billed on its claims

select
    diagnoses.course_id,
    diagnoses.icd10,
    diagnoses.position,
    0 as is_from_claims
from diagnoses

union all

select distinct
    claim_lines.course_id,
    claim_diagnoses.icd10,
    claim_diagnoses.position,
    1 as is_from_claims
from claim_diagnoses
inner join claim_lines on claim_diagnoses.claim_id = claim_lines.claim_id
