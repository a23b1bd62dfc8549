-- title: The tumors among the diagnoses of each course, each with its site, side and name, its rank, and of the first one another of the same rank and another site

with

given_codes as (

    select distinct course_diagnoses.icd10
    from course_diagnoses
    where course_diagnoses.icd10 between 'C00' and 'D49.9Z'

),

-- The narrowest range wins: the longest beginning, then the latest.
ranked_ranges as (

    select
        given_codes.icd10,
        icd10_sites.site,
        icd10_sites.label,
        row_number() over (
            partition by given_codes.icd10
            order by length(icd10_sites.icd10_from) desc, icd10_sites.icd10_from desc, icd10_sites.icd10_to
        ) as place
    from given_codes
    inner join icd10_sites
        on
            substr(given_codes.icd10, 1, 1) = substr(icd10_sites.icd10_from, 1, 1)
            and given_codes.icd10 between icd10_sites.icd10_from and icd10_sites.icd10_to

),

sides as (

    select
        given_codes.icd10,
        min(icd10_sides.laterality) as laterality
    from given_codes
    inner join icd10_sides on given_codes.icd10 like icd10_sides.pattern
    group by given_codes.icd10

),

placed as (

    select
        course_diagnoses.course_id,
        course_diagnoses.icd10,
        coalesce(ranked_ranges.site, '') as site,
        coalesce(ranked_ranges.label, '') as label,
        coalesce(sides.laterality, '') as laterality,
        row_number() over (
            partition by course_diagnoses.course_id
            order by course_diagnoses.is_from_claims, course_diagnoses.position, course_diagnoses.icd10
        ) as place,
        course_diagnoses.is_from_claims,
        course_diagnoses.position
    from course_diagnoses
    inner join given_codes on course_diagnoses.icd10 = given_codes.icd10
    left join ranked_ranges
        on
            course_diagnoses.icd10 = ranked_ranges.icd10
            and ranked_ranges.place = 1
    left join sides on course_diagnoses.icd10 = sides.icd10

),

-- Two claims may each name a principal diagnosis; neither comes first by its code.
tied as (

    select
        placed.course_id,
        min(others.icd10) as icd10
    from placed
    inner join placed as others
        on
            placed.course_id = others.course_id
            and placed.is_from_claims = others.is_from_claims
            and placed.position = others.position
    where
        placed.place = 1
        and placed.site <> others.site
    group by placed.course_id

)

select
    placed.course_id,
    placed.icd10,
    placed.site,
    placed.label,
    placed.laterality,
    placed.place,
    case when placed.place = 1 then coalesce(tied.icd10, '') else '' end as tied_with
from placed
left join tied on placed.course_id = tied.course_id
