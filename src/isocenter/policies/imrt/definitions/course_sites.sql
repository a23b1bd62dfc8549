-- title: The site and side of each course, as the record states it, else from its first diagnosis that tells one

with

-- The narrowest range wins: the longest beginning, then the latest.
ranked_ranges as (

    select
        given_codes.icd10,
        icd10_sites.site,
        icd10_sites.laterality,
        row_number() over (
            partition by given_codes.icd10
            order by length(icd10_sites.icd10_from) desc, icd10_sites.icd10_from desc, icd10_sites.icd10_to
        ) as place
    from (select distinct course_diagnoses.icd10 from course_diagnoses) as given_codes
    inner join icd10_sites
        on
            substr(given_codes.icd10, 1, 1) = substr(icd10_sites.icd10_from, 1, 1)
            and given_codes.icd10 between icd10_sites.icd10_from and icd10_sites.icd10_to
    where icd10_sites.site <> 'reirradiation'

),

-- A tumour (C00 to D49) that stands in no range is outside the list; other codes tell no site.
told_sites as (

    select
        course_diagnoses.course_id,
        coalesce(ranked_ranges.site, 'outside the list') as site,
        coalesce(ranked_ranges.laterality, '') as laterality,
        course_diagnoses.icd10,
        row_number() over (
            partition by course_diagnoses.course_id
            order by
                case when ranked_ranges.site is null then 1 else 0 end,
                course_diagnoses.position,
                course_diagnoses.icd10
        ) as place
    from course_diagnoses
    left join ranked_ranges
        on
            course_diagnoses.icd10 = ranked_ranges.icd10
            and ranked_ranges.place = 1
    where
        ranked_ranges.site is not null
        or course_diagnoses.icd10 between 'C00' and 'D49.9Z'

)

select
    courses.course_id,
    case when courses.site <> '' then courses.site else coalesce(told_sites.site, '') end as site,
    case when courses.laterality <> '' then courses.laterality else coalesce(told_sites.laterality, '') end
        as laterality,
    case when courses.site <> '' then 'record' when told_sites.site is null then '' else 'diagnosis' end
        as told_by,
    case when courses.site <> '' then '' else coalesce(told_sites.icd10, '') end as icd10
from courses
left join told_sites
    on
        courses.course_id = told_sites.course_id
        and told_sites.place = 1
