-- title:        Services of a course are not counted far above those of other courses
-- fault:        A service is billed far more often than in other courses
-- requirements: UTIL-3
-- cites:        utilization, paragraph 2
-- judges:       course
-- compares:     courses
-- needs:        courses, claim_lines
-- consequence:  inform
-- remedy:       Look at why the course needed more than others; the number alone refuses nothing.

with

-- Few courses bill many different numbers, so everything but the last step works on a handful of rows.
histogram as (

    select
        course_profiles.site,
        course_profiles.setting,
        course_profiles.service_year,
        course_profiles.service,
        course_profiles.units,
        count(*) as courses
    from course_profiles
    group by
        course_profiles.site, course_profiles.setting, course_profiles.service_year, course_profiles.service,
        course_profiles.units

),

-- Peers of one site, setting and year; of the site and setting in all years; of the setting at all sites.
pooled as (

    select
        'site, setting and year' as peers,
        histogram.site,
        histogram.setting,
        histogram.service_year,
        histogram.service,
        histogram.units,
        histogram.courses
    from histogram

    union all

    select
        'site and setting' as peers,
        histogram.site,
        histogram.setting,
        0 as service_year,
        histogram.service,
        histogram.units,
        sum(histogram.courses) as courses
    from histogram
    group by histogram.site, histogram.setting, histogram.service, histogram.units

    union all

    select
        'setting' as peers,
        '' as site,
        histogram.setting,
        0 as service_year,
        histogram.service,
        histogram.units,
        sum(histogram.courses) as courses
    from histogram
    group by histogram.setting, histogram.service, histogram.units

),

accumulated as (

    select
        pooled.*,
        sum(pooled.courses) over (
            partition by pooled.peers, pooled.site, pooled.setting, pooled.service_year, pooled.service
        ) as courses_in_all,
        sum(pooled.courses) over (
            partition by pooled.peers, pooled.site, pooled.setting, pooled.service_year, pooled.service
            order by pooled.units
        ) as courses_up_to
    from pooled

),

-- The median: the number at which half of the courses is reached, or midway to the next where that is exact.
medians as (

    select
        accumulated.peers,
        accumulated.site,
        accumulated.setting,
        accumulated.service_year,
        accumulated.service,
        accumulated.courses_in_all as courses,
        (
            min(case when accumulated.courses_up_to * 2 >= accumulated.courses_in_all then accumulated.units end)
            + min(case when accumulated.courses_up_to * 2 > accumulated.courses_in_all then accumulated.units end)
        ) / 2 as median_units
    from accumulated
    group by
        accumulated.peers, accumulated.site, accumulated.setting, accumulated.service_year, accumulated.service,
        accumulated.courses_in_all

),

deviations as (

    select
        medians.peers,
        medians.site,
        medians.setting,
        medians.service_year,
        medians.service,
        medians.courses as courses_in_all,
        medians.median_units,
        abs(pooled.units - medians.median_units) as deviation,
        sum(pooled.courses) as courses
    from medians
    inner join pooled
        on
            medians.peers = pooled.peers
            and medians.site = pooled.site
            and medians.setting = pooled.setting
            and medians.service_year = pooled.service_year
            and medians.service = pooled.service
    group by
        medians.peers, medians.site, medians.setting, medians.service_year, medians.service, medians.courses,
        medians.median_units, abs(pooled.units - medians.median_units)

),

accumulated_deviations as (

    select
        deviations.*,
        sum(deviations.courses) over (
            partition by deviations.peers, deviations.site, deviations.setting, deviations.service_year,
            deviations.service
            order by deviations.deviation
        ) as courses_up_to
    from deviations

),

numbers as (

    select
        max(case when readings.name = 'peers_least_courses' then readings.number end) as least_courses,
        max(case when readings.name = 'peers_far_deviations' then readings.number end) as far_deviations,
        max(case when readings.name = 'peers_least_deviation_units' then readings.number end) as least_deviation
    from readings
    where readings.name in ('peers_least_courses', 'peers_far_deviations', 'peers_least_deviation_units')

),

-- 0.6745 of a standard deviation is the median deviation of a normal distribution.
limits as (

    select
        spread.peers,
        spread.site,
        spread.setting,
        spread.service_year,
        spread.service,
        spread.courses_in_all as courses,
        spread.median_units,
        greatest(spread.median_deviation, numbers.least_deviation) as deviation,
        spread.median_units
        + numbers.far_deviations * greatest(spread.median_deviation, numbers.least_deviation) / 0.6745 as far_units
    from (
        select
            accumulated_deviations.peers,
            accumulated_deviations.site,
            accumulated_deviations.setting,
            accumulated_deviations.service_year,
            accumulated_deviations.service,
            accumulated_deviations.courses_in_all,
            accumulated_deviations.median_units,
            (
                min(case
                    when accumulated_deviations.courses_up_to * 2 >= accumulated_deviations.courses_in_all
                        then accumulated_deviations.deviation
                end)
                + min(case
                    when accumulated_deviations.courses_up_to * 2 > accumulated_deviations.courses_in_all
                        then accumulated_deviations.deviation
                end)
            ) / 2 as median_deviation
        from accumulated_deviations
        group by
            accumulated_deviations.peers, accumulated_deviations.site, accumulated_deviations.setting,
            accumulated_deviations.service_year, accumulated_deviations.service,
            accumulated_deviations.courses_in_all, accumulated_deviations.median_units
    ) as spread
    cross join numbers
    where spread.courses_in_all >= numbers.least_courses

),

labels as (

    select distinct
        compared_services.service,
        compared_services.label
    from compared_services

),

-- The narrowest peers that are enough.
compared as (

    select
        course_profiles.course_id,
        course_profiles.setting,
        course_profiles.service,
        course_profiles.units,
        labels.label,
        coalesce(of_year.peers, of_site.peers, of_setting.peers) as peers,
        coalesce(of_year.courses, of_site.courses, of_setting.courses) as courses,
        coalesce(of_year.median_units, of_site.median_units, of_setting.median_units) as median_units,
        coalesce(of_year.deviation, of_site.deviation, of_setting.deviation) as deviation,
        coalesce(of_year.far_units, of_site.far_units, of_setting.far_units) as far_units
    from course_profiles
    inner join labels on course_profiles.service = labels.service
    left join limits as of_year
        on
            of_year.peers = 'site, setting and year'
            and course_profiles.site = of_year.site
            and course_profiles.setting = of_year.setting
            and course_profiles.service_year = of_year.service_year
            and course_profiles.service = of_year.service
    left join limits as of_site
        on
            of_site.peers = 'site and setting'
            and course_profiles.site = of_site.site
            and course_profiles.setting = of_site.setting
            and course_profiles.service = of_site.service
    left join limits as of_setting
        on
            of_setting.peers = 'setting'
            and course_profiles.setting = of_setting.setting
            and course_profiles.service = of_setting.service

),

ranked as (

    select
        compared.course_id,
        compared.setting,
        compared.peers is not null as is_compared,
        coalesce(compared.units > compared.far_units, false) as is_far,
        compared.units,
        compared.label,
        compared.courses,
        compared.peers,
        compared.median_units,
        compared.far_units,
        row_number() over (
            partition by compared.course_id
            order by
                case when compared.peers is null then 1 else 0 end,
                (compared.units - compared.median_units) / compared.deviation desc,
                compared.service
        ) as place
    from compared

),

-- Put in words where it may be named: a course has more services than that.
worded as (

    select
        ranked.course_id,
        ranked.setting,
        ranked.is_compared,
        ranked.is_far,
        ranked.place,
        case
            when ranked.place = 1 or (ranked.place <= 3 and ranked.is_far)
                then concat(
                    ranked.units, ' ', ranked.label, ' (median of ', ranked.courses, ' courses of the same ',
                    ranked.peers, ': ', ranked.median_units, '; far is above ',
                    printf('%.1f', floor(ranked.far_units * 10 + 0.5) / 10), ')'
                )
        end as measured
    from ranked

),

courses_of_settings as (

    select
        course_profiles.setting,
        count(distinct course_profiles.course_id) as courses
    from course_profiles
    group by course_profiles.setting

),

counted as (

    select
        worded.course_id,
        worded.setting,
        sum(case when worded.is_compared then 1 else 0 end) as services_compared,
        sum(case when worded.is_far then 1 else 0 end) as services_far,
        max(case when worded.place = 1 then worded.measured end) as first_measured,
        max(case when worded.place = 2 and worded.is_far then concat('; ', worded.measured) else '' end)
            as second_measured,
        max(case when worded.place = 3 and worded.is_far then concat('; ', worded.measured) else '' end)
            as third_measured
    from worded
    group by worded.course_id, worded.setting

)

select
    counted.course_id as subject_id,
    case
        when counted.services_compared = 0 then 'not_applicable'
        when counted.services_far > 0 then 'not_met'
        when counted.services_far = 0 then 'met'
    end as outcome,
    case
        when counted.services_compared = 0
            then concat(
                'too few courses to compare with: ', courses_of_settings.courses, ' of this setting, at least ',
                (select cast(readings.number as integer) from readings where readings.name = 'peers_least_courses'),
                ' with the same service are needed'
            )
        when counted.services_far > 0
            then concat(
                counted.services_far, ' of ', counted.services_compared,
                ' services are counted far above other courses: ', counted.first_measured,
                counted.second_measured, counted.third_measured
            )
        else concat(
            counted.services_compared, ' services compared, none is far above other courses; highest beside them: ',
            counted.first_measured
        )
    end as because
from counted
inner join courses_of_settings on counted.setting = courses_of_settings.setting
