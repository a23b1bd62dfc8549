-- Diagnoses of claims as diagnoses of the courses that their lines belong to, where the course has them not yet. Of a
-- claim for several courses a diagnosis that only the lines of another course point to is of that course alone.

with

pointed as (

    select distinct
        claim_lines.claim_id,
        claim_lines.course_id,
        claim_diagnoses.position
    from claim_lines
    inner join claim_diagnoses
        on
            claim_lines.claim_id = claim_diagnoses.claim_id
            and claim_diagnoses.position in (
                claim_lines.diagnosis_pointer_1, claim_lines.diagnosis_pointer_2,
                claim_lines.diagnosis_pointer_3, claim_lines.diagnosis_pointer_4
            )
    where claim_lines.course_id <> ''

)

select
    claim_lines.course_id,
    claim_diagnoses.icd10,
    min(claim_diagnoses.position) as position
from claim_diagnoses
inner join claim_lines on claim_diagnoses.claim_id = claim_lines.claim_id
left join pointed as by_this_course
    on
        claim_lines.claim_id = by_this_course.claim_id
        and claim_lines.course_id = by_this_course.course_id
        and claim_diagnoses.position = by_this_course.position
where
    claim_lines.course_id <> ''
    and (
        by_this_course.claim_id is not null
        or not exists (
            select 1 from pointed
            where pointed.claim_id = claim_diagnoses.claim_id and pointed.position = claim_diagnoses.position
        )
    )
    and not exists (
        select 1 from diagnoses
        where diagnoses.course_id = claim_lines.course_id and diagnoses.icd10 = claim_diagnoses.icd10
    )
group by claim_lines.course_id, claim_diagnoses.icd10
