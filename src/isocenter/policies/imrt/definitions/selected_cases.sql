-- title: Courses at sites where only selected cases support IMRT: what a signed statement says of that, and what is measured

with

stated as (

    select distinct
        necessity_statements.course_id,
        document_elements.element
    from necessity_statements
    inner join document_elements on necessity_statements.document_id = document_elements.document_id

),

weighed as (

    select
        course_sites.course_id,
        course_sites.site,
        course_sites.laterality,
        site_qualifiers.element,
        site_qualifiers.label,
        stated.element is not null as is_stated,
        coalesce(signs_of_selection.evidence, '') as evidence,
        case
            when signs_of_selection.evidence is null then ''
            when signs_of_selection.evidence = 'supports'
                then concat('; the measures support it: ', signs_of_selection.shown)
            when signs_of_selection.evidence = 'contradicts' and stated.element is null
                then concat('; the measures do not show it: ', signs_of_selection.shown)
            when signs_of_selection.evidence = 'contradicts'
                then concat('; the measures contradict it: ', signs_of_selection.shown)
            else concat('; the measures leave it open: ', signs_of_selection.shown)
        end as shown,
        row_number() over (partition by course_sites.course_id order by site_qualifiers.element) as place
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
    left join signs_of_selection
        on
            course_sites.course_id = signs_of_selection.course_id
            and site_qualifiers.element = signs_of_selection.element
    where course_sites.site in (select site_qualifiers.site from site_qualifiers)

),

-- A site has three qualifiers at most, so three sentences are all.
summed as (

    select
        weighed.course_id,
        weighed.site,
        concat(
            case when weighed.laterality in ('left', 'right', 'bilateral') then concat(weighed.laterality, ' ') else '' end,
            replace(weighed.site, '_', ' ')
        ) as site_in_words,
        count(weighed.element) as qualifiers,
        count(case when not weighed.is_stated then weighed.element end) as missing,
        count(case when weighed.is_stated and weighed.evidence = 'contradicts' then 1 end) as contradicted,
        count(case when weighed.evidence = 'supports' then 1 end) as supported,
        count(case when weighed.evidence <> '' then 1 end) as measured,
        coalesce(min(case when not weighed.is_stated then weighed.label end), '') as first_missing,
        concat(
            max(case when weighed.place = 1 then weighed.shown else '' end),
            max(case when weighed.place = 2 then weighed.shown else '' end),
            max(case when weighed.place = 3 then weighed.shown else '' end)
        ) as shown
    from weighed
    group by weighed.course_id, weighed.site, weighed.laterality

),

-- Reirradiation has its own place on the list of sites.
together as (

    select
        summed.*,
        coalesce(reirradiated_courses.shown, '') as reirradiated,
        summed.qualifiers = 0 or summed.missing > 0 or summed.contradicted > 0 as is_open
    from summed
    left join reirradiated_courses on summed.course_id = reirradiated_courses.course_id

)

select
    together.course_id,
    together.site,
    case
        when not together.is_open then 'met'
        when together.reirradiated <> '' then 'not_applicable'
        when together.qualifiers = 0 or together.missing > 0 then 'not_documented'
        else 'not_met'
    end as outcome,
    case
        when together.contradicted > 0 then 'contradicts'
        when together.measured = 0 then ''
        when together.supported = together.qualifiers then 'supports'
        else 'leaves_open'
    end as evidence,
    concat(
        together.site_in_words,
        case
            when together.qualifiers = 0 then ': the record does not say which side is treated'
            when together.missing = 0 then ': the signed statement says what makes this a selected case'
            else concat(': no signed statement says ', together.first_missing)
        end,
        together.shown,
        case when together.shown = '' and together.qualifiers > 0 then '; no measure addresses it' else '' end,
        case
            when together.is_open and together.reirradiated <> ''
                then concat('; reirradiation is on the list of sites by itself: ', together.reirradiated)
            else ''
        end
    ) as because
from together
