-- title:        The site is one of those that support IMRT, or a clinician looks at it
-- requirements: SITE-1, SITE-2, SITE-3, SITE-4, SITE-5, SITE-6, SITE-7, SITE-8, SITE-9
-- cites:        sites, paragraph 1
-- judges:       course
-- needs:        courses
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       State the site that is treated, or the diagnosis that tells it.

select
    course_sites.course_id as subject_id,
    case
        when sites.site is not null then 'met'
        when reirradiated_courses.course_id is not null then 'met'
        when course_sites.site = '' then 'not_documented'
        -- A diagnosis may tell an organ system, such as bone, without telling the site.
        when course_sites.told_by = 'diagnosis' and course_sites.site <> 'outside the list' then 'not_documented'
        else 'not_met'
    end as outcome,
    concat(
        case
            when course_sites.told_by = 'record' then concat('the site is ', replace(course_sites.site, '_', ' '))
            when course_sites.site = 'outside the list'
                then concat('diagnosis ', course_sites.icd10, ' tells a tumour elsewhere')
            when course_sites.told_by = 'diagnosis' then concat(
                'diagnosis ', course_sites.icd10, ' tells the site: ', replace(course_sites.site, '_', ' ')
            )
            else 'neither the record nor a diagnosis tells the site'
        end,
        case
            when sites.requirement = 'SITE-7'
                then ', which is on the list where the need is shown; the rules of the conditions judge that'
            when sites.site is not null then ', which is on the list of sites'
            when reirradiated_courses.course_id is not null
                then ', not on the list; reirradiation is, where the need is shown'
            when course_sites.told_by = '' then ''
            else ', not on the list of the most common sites; that alone refuses nothing, a clinician looks'
        end,
        case
            when reirradiated_courses.course_id is null then ''
            else concat('; reirradiation is told by ', reirradiated_courses.told_by)
        end
    ) as because
from course_sites
inner join courses_under_review on course_sites.course_id = courses_under_review.course_id
left join sites on course_sites.site = sites.site
left join reirradiated_courses on course_sites.course_id = reirradiated_courses.course_id
