-- title: The tumors among the diagnoses of each course, each with its site, side and name, its rank, and of the first one another of the same rank and another site

with

-- A code that begins as that of a tumor and is not complete keeps its rank, and names nothing.
given_codes as (

    select
        stated_codes.icd10,
        coalesce(icd10_sites.site, '') as site,
        coalesce(icd10_sites.label, '') as label,
        icd10_sites.icd10_from is not null as is_complete
    from (select distinct course_diagnoses.icd10 from course_diagnoses) as stated_codes
    left join icd10_sites
        on
            substr(stated_codes.icd10, 1, 3) = substr(icd10_sites.icd10_from, 1, 3)
            and length(stated_codes.icd10) = length(icd10_sites.icd10_from)
            and stated_codes.icd10 between icd10_sites.icd10_from and icd10_sites.icd10_to
    where stated_codes.icd10 between 'C00' and 'D5'

),

sides as (

    select
        given_codes.icd10,
        min(icd10_sides.laterality) as laterality
    from given_codes
    inner join icd10_sides on given_codes.icd10 like icd10_sides.pattern
    where given_codes.is_complete
    group by given_codes.icd10

),

placed as (

    select
        course_diagnoses.course_id,
        course_diagnoses.icd10,
        given_codes.site,
        given_codes.label,
        coalesce(sides.laterality, '') as laterality,
        row_number() over (
            partition by course_diagnoses.course_id
            order by course_diagnoses.is_from_claims, course_diagnoses.position, course_diagnoses.icd10
        ) as place,
        course_diagnoses.is_from_claims,
        course_diagnoses.position
    from course_diagnoses
    inner join given_codes on course_diagnoses.icd10 = given_codes.icd10
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
