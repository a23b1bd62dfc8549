-- The diagnoses of each claim: the encounter, the tumor, earlier irradiation; other care has its own.
-- Some claims name the encounter alone, but never those of the month of the plan.

with

claims as (

    select
        concat(claim_name(line.number, line.is_of_course, line.biller, line.month_number), line.suffix) as claim_id,
        line.is_of_course,
        line.month_number,
        member_name(line.member_number) as member_id,
        course.icd10,
        course.is_later_course,
        course.revised_month
    from line
    inner join course on line.number = course.number
    where line.line_number = 1

),

billed as (

    select
        claims.*,
        claims.is_of_course
        and (
            draw(claims.claim_id, 'tumour named') >= 0.03
            or claims.month_number = 12 * year(claims.revised_month) + month(claims.revised_month) - 1
        ) as names_tumor
    from claims

)

select
    billed.claim_id,
    given.icd10,
    given.position,
    billed.member_id
from billed
cross join lateral (
    values
        (case when billed.is_of_course then 'Z51.0' else 'I10' end, 1),
        (case when billed.names_tumor then billed.icd10 end, 2),
        (case when billed.names_tumor and billed.is_later_course then 'Z92.3' end, 3)
) as given (icd10, position)
where given.icd10 is not null
order by all
