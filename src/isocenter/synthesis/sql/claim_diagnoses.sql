-- The diagnoses of each claim: the encounter, the tumour, and earlier irradiation; other care has its own.

with

claims as (

    select
        line.claim_id,
        line.icd10,
        line.is_later_course,
        line.true_course = '' as is_other_care
    from line
    where line.line_number = 1

)

select
    claims.claim_id,
    given.icd10,
    given.position
from claims
cross join lateral (
    values
        (case when claims.is_other_care then 'I10' else 'Z51.0' end, 1),
        (case when not claims.is_other_care then claims.icd10 end, 2),
        (case when not claims.is_other_care and claims.is_later_course then 'Z92.3' end, 3)
) as given (icd10, position)
where given.icd10 is not null
order by all
