-- title: Courses whose signed statements of necessity name organs, and none that lies in or beside a region of the site or of a diagnosis

with

-- A word names an organ only where a word of the statement begins with it. Outside of the condition and the critical
-- structures an organ may be one of the history.
named as (

    select distinct
        necessity_statements.course_id,
        organ_regions.word,
        organ_regions.region,
        document_elements.element = 'critical_structures_addressed'
        or document_elements.element in (select conditions.condition from conditions) as is_at_stake
    from necessity_statements
    inner join document_elements on necessity_statements.document_id = document_elements.document_id
    inner join organ_regions
        on
            concat(
                ' ',
                replace(
                    replace(replace(replace(lower(document_elements.detail), '_', ' '), '-', ' '), '/', ' '), '(', ' '
                )
            ) like concat('% ', organ_regions.word, '%')

),

-- A site that lies in no region of its own, such as that of a systemic treatment, may have any organ beside it.
treated as (

    select distinct
        course_sites.course_id,
        course_sites.site,
        site_regions.region
    from course_sites
    inner join site_regions on course_sites.site = site_regions.site

    union

    select distinct
        course_sites.course_id,
        course_sites.site,
        site_regions.region
    from course_sites
    inner join diagnosed_sites on course_sites.course_id = diagnosed_sites.course_id
    inner join site_regions on diagnosed_sites.site = site_regions.site
    where course_sites.site in (select site_regions.site from site_regions)

),

near as (

    select distinct named.course_id
    from named
    inner join treated on named.course_id = treated.course_id and named.region = treated.region

)

select
    named.course_id,
    min(treated.site) as site,
    min(named.word) as first_organ
from named
inner join treated on named.course_id = treated.course_id
left join near on named.course_id = near.course_id
where near.course_id is null and named.is_at_stake
group by named.course_id
