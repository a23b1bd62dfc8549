-- The diagnoses of each claim: the encounter, the tumour, earlier irradiation; other care has its own.

with

claims as (

    select
        concat(claim_name(line.number, line.is_of_course, line.biller, line.month_number), line.suffix) as claim_id,
        line.is_of_course,
        course.icd10,
        course.is_later_course
    from line
    inner join course on line.number = course.number
    where line.line_number = 1

)

select
    claims.claim_id,
    given.icd10,
    given.position
from claims
cross join lateral (
    values
        (case when claims.is_of_course then 'Z51.0' else 'I10' end, 1),
        (case when claims.is_of_course then claims.icd10 end, 2),
        (case when claims.is_of_course and claims.is_later_course then 'Z92.3' end, 3)
) as given (icd10, position)
where given.icd10 is not null
order by all
