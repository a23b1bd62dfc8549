-- Diagnoses of claims as diagnoses of the courses that their lines belong to, where the course has them not yet.

select
    claim_lines.course_id,
    claim_diagnoses.icd10,
    min(claim_diagnoses.position) as position
from claim_diagnoses
inner join claim_lines on claim_diagnoses.claim_id = claim_lines.claim_id
where
    claim_lines.course_id <> ''
    and not exists (
        select 1 from diagnoses
        where diagnoses.course_id = claim_lines.course_id and diagnoses.icd10 = claim_diagnoses.icd10
    )
group by claim_lines.course_id, claim_diagnoses.icd10
