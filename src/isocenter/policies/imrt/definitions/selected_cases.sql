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
        coalesce(signs_of_selection.verdict, '') as verdict,
        case
            when signs_of_selection.verdict is null then ''
            when signs_of_selection.verdict = 'supports'
                then concat('; the measures support it: ', signs_of_selection.shown)
            when signs_of_selection.verdict = 'contradicts'
                then concat('; the measures contradict it: ', signs_of_selection.shown)
            else concat('; the measures leave it open: ', signs_of_selection.shown)
        end as shown
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

-- A site has two qualifiers at most, so the first and the last sentence are all.
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
        count(case when weighed.is_stated and weighed.verdict = 'contradicts' then 1 end) as contradicted,
        coalesce(min(case when not weighed.is_stated then weighed.label end), '') as first_missing,
        min(weighed.shown) as first_shown,
        max(weighed.shown) as last_shown
    from weighed
    group by weighed.course_id, weighed.site, weighed.laterality

)

select
    summed.course_id,
    summed.site,
    case
        when summed.qualifiers = 0 or summed.missing > 0 then 'not_documented'
        when summed.contradicted > 0 then 'not_met'
        else 'met'
    end as outcome,
    concat(
        summed.site_in_words,
        case
            when summed.qualifiers = 0 then ': the record does not say which side is treated'
            when summed.missing = 0 then ': the signed statement says what makes this a selected case'
            else concat(': no signed statement tells ', summed.first_missing)
        end,
        summed.first_shown,
        case when summed.last_shown = summed.first_shown then '' else summed.last_shown end,
        case when summed.last_shown = '' and summed.qualifiers > 0 then '; no measure bears on it' else '' end
    ) as because
from summed
