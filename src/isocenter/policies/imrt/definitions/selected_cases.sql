-- title: Courses at sites where only selected cases support IMRT, with what a signed statement still has to say
-- uses:  courses, claim_lines, diagnoses, claim_diagnoses, documents, document_elements, signatures, plans

with

stated as (

    select distinct
        necessity_statements.course_id,
        document_elements.element
    from necessity_statements
    inner join document_elements on necessity_statements.document_id = document_elements.document_id

)

select
    course_sites.course_id,
    course_sites.site,
    course_sites.laterality,
    concat(
        case
            when course_sites.laterality in ('left', 'right', 'bilateral') then concat(course_sites.laterality, ' ')
            else ''
        end,
        replace(course_sites.site, '_', ' ')
    ) as site_in_words,
    count(site_qualifiers.element) as qualifiers,
    count(site_qualifiers.element) - count(stated.element) as missing,
    coalesce(min(case when stated.element is null then site_qualifiers.label end), '') as first_missing
from course_sites
inner join courses_under_review on course_sites.course_id = courses_under_review.course_id
left join site_qualifiers
    on
        course_sites.site = site_qualifiers.site
        and site_qualifiers.laterality in ('', course_sites.laterality)
left join stated
    on
        course_sites.course_id = stated.course_id
        and site_qualifiers.element = stated.element
where course_sites.site in (select site_qualifiers.site from site_qualifiers)
group by course_sites.course_id, course_sites.site, course_sites.laterality
