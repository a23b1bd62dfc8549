-- title: Earlier courses of radiation of the member of each course, and whether they treated the same region

with

earlier as (

    select
        other_irradiations.course_id,
        course_sites.site as course_site,
        course_sites.laterality,
        other_irradiations.site as words,
        lower(replace(other_irradiations.site, '_', ' ')) as site,
        other_irradiations.ended_on,
        other_irradiations.ended_year
    from other_irradiations
    inner join course_sites on other_irradiations.course_id = course_sites.course_id
    where other_irradiations.may_be_earlier

),

-- A short word names a place only where a word begins with it: none in outer (uter), delivered (liver) or illegible (leg).
named_words as (

    select distinct
        written.words,
        region_words.word,
        region_words.region
    from (
        select
            prior_irradiations.site as words,
            concat(
                ' ',
                replace(replace(replace(replace(lower(prior_irradiations.site), '_', ' '), '-', ' '), '/', ' '), '(', ' ')
            ) as in_words
        from prior_irradiations
    ) as written
    inner join region_words
        on
            written.in_words like concat('% ', region_words.word, '%')
            or (length(region_words.word) >= 6 and written.in_words like concat('%', region_words.word, '%'))

),

-- A word within a longer one that is named too, as head within femoral head, is no place of its own.
irradiated_regions as (

    select distinct
        prior_irradiations.site as words,
        site_regions.region
    from prior_irradiations
    inner join site_regions
        on lower(replace(prior_irradiations.site, '_', ' ')) = replace(site_regions.site, '_', ' ')

    union

    select distinct
        named_words.words,
        named_words.region
    from named_words
    where not exists (
        select 1 from named_words as longer
        where
            longer.words = named_words.words
            and longer.word <> named_words.word
            and longer.word like concat('%', named_words.word, '%')
    )

),

shared_regions as (

    select distinct
        irradiated_regions.words,
        site_regions.site as course_site
    from irradiated_regions
    inner join site_regions on irradiated_regions.region = site_regions.region

)

select
    earlier.course_id,
    earlier.site,
    earlier.ended_on,
    earlier.ended_year,
    (earlier.site = replace(earlier.course_site, '_', ' ') or shared_regions.words is not null)
    and not (earlier.laterality = 'left' and earlier.site like '%right%')
    and not (earlier.laterality = 'right' and earlier.site like '%left%') as is_same_region
from earlier
left join shared_regions
    on
        earlier.words = shared_regions.words
        and earlier.course_site = shared_regions.course_site
