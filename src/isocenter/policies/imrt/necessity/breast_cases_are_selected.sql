-- title:        IMRT of the breast is for selected cases: left beside the heart, right with large volume and separation
-- requirements: SITE-6
-- cites:        sites, paragraph 1, item 6
-- judges:       course
-- needs:        courses, documents
-- uses:         claim_lines, diagnoses, claim_diagnoses, document_elements, signatures, plans
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the side treated and the treating physician's signed statement: left, the heart's nearness; right, breast volume and chest-wall separation.

with

stated as (

    select distinct
        necessity_statements.course_id,
        document_elements.element
    from necessity_statements
    inner join document_elements on necessity_statements.document_id = document_elements.document_id

),

asked as (

    select
        course_sites.course_id,
        course_sites.site,
        course_sites.laterality,
        count(site_qualifiers.element) as qualifiers,
        count(stated.element) as stated,
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
    where course_sites.site in ('breast')
    group by course_sites.course_id, course_sites.site, course_sites.laterality

)

select
    asked.course_id as subject_id,
    case
        when asked.laterality not in ('left', 'right', 'bilateral') then 'not_documented'
        when asked.stated = asked.qualifiers then 'met'
        else 'not_documented'
    end as outcome,
    case
        when asked.laterality not in ('left', 'right', 'bilateral')
            then 'the record does not say which breast is treated'
        when asked.stated = asked.qualifiers then concat(
            replace(concat(asked.laterality, ' ', asked.site), '_', ' '),
            ': the signed statement says what makes this a selected case'
        )
        else concat(
            replace(concat(asked.laterality, ' ', asked.site), '_', ' '),
            ': no signed statement says ', asked.first_missing
        )
    end as because
from asked
