-- title: The tumors among the diagnoses of each course, each with its site, side and name, and its rank among them

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

)

select
    course_diagnoses.course_id,
    course_diagnoses.icd10,
    coalesce(ranked_ranges.site, '') as site,
    coalesce(ranked_ranges.label, '') as label,
    coalesce(sides.laterality, '') as laterality,
    row_number() over (
        partition by course_diagnoses.course_id
        order by course_diagnoses.is_from_claims, course_diagnoses.position, course_diagnoses.icd10
    ) as place
from course_diagnoses
inner join given_codes on course_diagnoses.icd10 = given_codes.icd10
left join ranked_ranges
    on
        course_diagnoses.icd10 = ranked_ranges.icd10
        and ranked_ranges.place = 1
left join sides on course_diagnoses.icd10 = sides.icd10
