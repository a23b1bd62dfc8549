-- title: Diagnoses of each course, as the record states them and as they are billed on its claims

-- Of a claim for several courses a diagnosis that only the lines of another course point to is of that course alone.

with

claims_of_courses as (

    select distinct
        claim_lines.claim_id,
        claim_lines.course_id
    from claim_lines
    where claim_lines.course_id <> ''

),

claims_of_several as (

    select claims_of_courses.claim_id
    from claims_of_courses
    group by claims_of_courses.claim_id
    having count(*) > 1

),

pointed as (

    select distinct
        claim_lines.claim_id,
        claim_lines.course_id,
        claim_diagnoses.position
    from claim_lines
    inner join claims_of_several on claim_lines.claim_id = claims_of_several.claim_id
    inner join claim_diagnoses
        on
            claim_lines.claim_id = claim_diagnoses.claim_id
            and claim_diagnoses.position in (
                claim_lines.diagnosis_pointer_1, claim_lines.diagnosis_pointer_2,
                claim_lines.diagnosis_pointer_3, claim_lines.diagnosis_pointer_4
            )
    where claim_lines.course_id <> ''

),

pointed_by_any as (

    select distinct
        pointed.claim_id,
        pointed.position
    from pointed

)

select
    diagnoses.course_id,
    diagnoses.icd10,
    diagnoses.position,
    0 as is_from_claims
from diagnoses

union all

select distinct
    claims_of_courses.course_id,
    claim_diagnoses.icd10,
    claim_diagnoses.position,
    1 as is_from_claims
from claim_diagnoses
inner join claims_of_courses on claim_diagnoses.claim_id = claims_of_courses.claim_id
left join pointed
    on
        claims_of_courses.claim_id = pointed.claim_id
        and claims_of_courses.course_id = pointed.course_id
        and claim_diagnoses.position = pointed.position
left join pointed_by_any
    on
        claim_diagnoses.claim_id = pointed_by_any.claim_id
        and claim_diagnoses.position = pointed_by_any.position
where pointed.claim_id is not null or pointed_by_any.claim_id is null
