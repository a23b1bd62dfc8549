-- title: Whether plan and history show an irradiated area next to the target

with

measured as (

    select
        course_measures.course_id,
        min(case when course_measures.measure = 'prior_distance_mm' then course_measures.value end) as distance_mm,
        max(case when course_measures.measure = 'prior_overlap_cc' then course_measures.value end) as overlap_cc
    from course_measures
    where course_measures.measure in ('prior_distance_mm', 'prior_overlap_cc')
    group by course_measures.course_id

),

ranked as (

    select
        earlier_irradiations.*,
        count(*) over (partition by earlier_irradiations.course_id) as earlier_courses,
        row_number() over (
            partition by earlier_irradiations.course_id
            order by
                case when earlier_irradiations.is_same_region then 0 else 1 end,
                coalesce(earlier_irradiations.ended_on, cast('1900-01-01' as date)) desc,
                earlier_irradiations.site
        ) as place
    from earlier_irradiations

),

recorded as (

    select
        ranked.course_id,
        max(ranked.earlier_courses) as earlier_courses,
        max(case when ranked.is_same_region then 1 else 0 end) as is_same_region,
        max(case when ranked.place = 1 then ranked.ended_on end) as ended_on,
        max(case when ranked.place = 1 then ranked.ended_year end) as ended_year,
        max(case when ranked.place = 1 then ranked.site end) as site
    from ranked
    group by ranked.course_id

),

-- The record may name courses of the member, and none of them ended before this one began.
never_earlier as (

    select
        other_irradiations.course_id,
        max(other_irradiations.began_on) as began_on,
        count(*) as other_courses,
        min(lower(replace(other_irradiations.site, '_', ' '))) as site
    from other_irradiations
    group by other_irradiations.course_id
    having max(case when other_irradiations.may_be_earlier then 1 else 0 end) = 0

),

known as (

    select
        measured.course_id,
        measured.distance_mm,
        coalesce(measured.overlap_cc, 0) as overlap_cc,
        0 as earlier_courses,
        0 as is_same_region,
        '' as history
    from measured

    union all

    select
        recorded.course_id,
        null as distance_mm,
        0 as overlap_cc,
        recorded.earlier_courses,
        recorded.is_same_region,
        concat(
            'earlier courses on record: ', recorded.earlier_courses, ', such as ', recorded.site,
            case
                when recorded.ended_on is not null then concat(', ended on ', recorded.ended_on)
                when recorded.ended_year is not null then concat(', ended in ', recorded.ended_year)
                else ', end not dated'
            end
        ) as history
    from recorded

    union all

    select
        never_earlier.course_id,
        null as distance_mm,
        0 as overlap_cc,
        0 as earlier_courses,
        0 as is_same_region,
        concat(
            'other courses on record: ', never_earlier.other_courses, ', such as ', never_earlier.site,
            ', and none ended before this one began on ', never_earlier.began_on
        ) as history
    from never_earlier

),

together as (

    select
        known.course_id,
        min(known.distance_mm) as distance_mm,
        max(known.overlap_cc) as overlap_cc,
        max(known.is_same_region) as is_same_region,
        max(known.history) as history
    from known
    group by known.course_id

),

limits as (

    select readings.number as adjacent_mm
    from readings
    where readings.name = 'prior_adjacency_mm'

)

select
    together.course_id,
    case
        when together.overlap_cc > 0 then 'supports'
        when together.distance_mm <= limits.adjacent_mm then 'supports'
        when together.distance_mm > limits.adjacent_mm then 'contradicts'
        when together.is_same_region = 1 then 'supports'
        else 'leaves_open'
    end as evidence,
    concat(
        together.history,
        case when together.history <> '' and together.distance_mm is not null then '; ' else '' end,
        case
            when together.distance_mm is null and together.overlap_cc = 0 then ''
            else concat(
                'the earlier irradiated volume lies ',
                printf('%.1f', floor(coalesce(together.distance_mm, 0) * 10 + 0.5) / 10),
                ' mm from the target and overlaps it by ',
                printf('%.1f', floor(together.overlap_cc * 10 + 0.5) / 10), ' cc'
            )
        end
    ) as shown
from together
cross join limits
where
    together.history <> ''
    or together.distance_mm is not null
    or together.overlap_cc > 0
