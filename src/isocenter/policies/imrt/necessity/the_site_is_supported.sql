-- title:        The site is on the policy's list; any other site goes to a clinician
-- fault:        The site is not on the list, is not named, or is contradicted by the diagnosis
-- requirements: SITE-1, SITE-2, SITE-3, SITE-4, SITE-5, SITE-6, SITE-7, SITE-8, SITE-9
-- cites:        sites, paragraph 1
-- judges:       course
-- needs:        courses
-- affects:      imrt_service_lines
-- rests_on:     none
-- consequence:  review
-- remedy:       Send the site that is treated, with its side, and the diagnosis that names it.

with

-- A history of irradiation among the diagnoses does not say where it was.
irradiated_somewhere as (

    select distinct course_diagnoses.course_id
    from course_diagnoses
    inner join icd10_sites on course_diagnoses.icd10 = icd10_sites.icd10_from
    where icd10_sites.site = 'reirradiation'

),

known_sites as (

    select distinct site_regions.site
    from site_regions

),

placed as (

    select
        course_sites.course_id,
        course_sites.site,
        course_sites.named_by,
        course_sites.icd10,
        course_sites.label,
        course_sites.tied_with,
        coalesce(sites.requirement, '') as requirement,
        known_sites.site is not null as is_known_site,
        coalesce(contradicted_sites.contradiction, '') as contradiction,
        coalesce(reirradiated_courses.shown, '') as reirradiated,
        irradiated_somewhere.course_id is not null as is_irradiated_somewhere
    from course_sites
    inner join courses_under_review on course_sites.course_id = courses_under_review.course_id
    left join sites on course_sites.site = sites.site
    left join known_sites on course_sites.site = known_sites.site
    left join contradicted_sites on course_sites.course_id = contradicted_sites.course_id
    left join reirradiated_courses on course_sites.course_id = reirradiated_courses.course_id
    left join irradiated_somewhere on course_sites.course_id = irradiated_somewhere.course_id

)

select
    placed.course_id as subject_id,
    case
        when placed.contradiction <> '' then 'not_met'
        when placed.requirement <> '' or placed.reirradiated <> '' then 'met'
        when placed.is_known_site then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        case
            when placed.named_by = 'record' then concat('the site is ', replace(placed.site, '_', ' '))
            when placed.tied_with <> '' then concat(
                'two principal diagnoses do not name the same site: ', placed.icd10, ' and ', placed.tied_with
            )
            when placed.label <> '' and placed.site <> '' then concat(
                'principal diagnosis ', placed.icd10, ' (', placed.label, ') names the site: ',
                replace(placed.site, '_', ' ')
            )
            when placed.label <> '' then concat(
                'principal diagnosis ', placed.icd10, ' (', placed.label, ') names no site of the list'
            )
            when placed.named_by = 'diagnosis' then concat(
                'principal diagnosis ', placed.icd10, ' is not a complete code of ICD-10-CM and names no site'
            )
            else 'neither the record nor a diagnosis names the site'
        end,
        case
            when placed.contradiction <> '' then concat('; ', placed.contradiction)
            when placed.requirement = 'SITE-7'
                then ', which is on the list where the need is shown; the rules of the conditions judge that'
            when placed.requirement <> '' then ', which is on the list of sites'
            when placed.reirradiated <> ''
                then ', not on the list; reirradiation is, where the need is shown'
            when placed.is_known_site
                then ', not on the list of the most common sites; that alone denies nothing, a clinician decides'
            when placed.named_by = 'record' then ', a name that the list of sites does not hold'
            else ''
        end,
        case when placed.reirradiated = '' then '' else concat('; irradiated before: ', placed.reirradiated) end,
        case
            when placed.is_irradiated_somewhere and placed.reirradiated = ''
                then '; a diagnosis reports earlier irradiation without saying where'
            else ''
        end
    ) as because
from placed
