-- title:        Services of a course are not counted far above those of other courses
-- fault:        A service is billed far more often than in other courses
-- requirements: UTIL-3
-- cites:        utilization, paragraph 2
-- judges:       course
-- compares:     courses
-- needs:        courses, claim_lines
-- consequence:  inform
-- remedy:       Check why the course needed more than others; the number alone is no reason for a denial.

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
        histogram.site,
        histogram.setting,
        histogram.service_year,
        histogram.service,
        histogram.units,
        labels.label,
        coalesce(of_year.peers, of_site.peers, of_setting.peers) as peers,
        coalesce(of_year.courses, of_site.courses, of_setting.courses) as courses,
        coalesce(of_year.median_units, of_site.median_units, of_setting.median_units) as median_units,
        coalesce(of_year.deviation, of_site.deviation, of_setting.deviation) as deviation,
        coalesce(of_year.far_units, of_site.far_units, of_setting.far_units) as far_units
    from histogram
    inner join labels on histogram.service = labels.service
    left join limits as of_year
        on
            of_year.peers = 'site, setting and year'
            and histogram.site = of_year.site
            and histogram.setting = of_year.setting
            and histogram.service_year = of_year.service_year
            and histogram.service = of_year.service
    left join limits as of_site
        on
            of_site.peers = 'site and setting'
            and histogram.site = of_site.site
            and histogram.setting = of_site.setting
            and histogram.service = of_site.service
    left join limits as of_setting
        on
            of_setting.peers = 'setting'
            and histogram.setting = of_setting.setting
            and histogram.service = of_setting.service

),

-- Ranked and put in words once for all courses that bill the number: those of one course rank among them as by itself.
ranked as (

    select
        compared.site,
        compared.setting,
        compared.service_year,
        compared.service,
        compared.units,
        case when compared.peers is not null then 1 else 0 end as is_compared,
        case when compared.units > compared.far_units then 1 else 0 end as is_far,
        row_number() over (
            order by
                case when compared.peers is null then 1 else 0 end,
                (compared.units - compared.median_units) / compared.deviation desc,
                compared.service, compared.site, compared.setting, compared.service_year, compared.units
        ) as place,
        concat(
            compared.units, ' ', compared.label, ' (median of ', compared.courses, ' courses of the same ',
            compared.peers, ': ', compared.median_units, '; far is above ',
            printf('%.1f', floor(compared.far_units * 10 + 0.5) / 10), ')'
        ) as measured
    from compared

),

counted as (

    select
        course_profiles.course_id,
        course_profiles.setting,
        sum(ranked.is_compared) as services_compared,
        sum(ranked.is_far) as services_far,
        min(ranked.place) as first_place
    from course_profiles
    inner join ranked
        on
            course_profiles.site = ranked.site
            and course_profiles.setting = ranked.setting
            and course_profiles.service_year = ranked.service_year
            and course_profiles.service = ranked.service
            and course_profiles.units = ranked.units
    group by course_profiles.course_id, course_profiles.setting

),

-- Few courses have several.
far_services as (

    select
        course_profiles.course_id,
        course_profiles.setting,
        ranked.measured,
        row_number() over (
            partition by course_profiles.course_id, course_profiles.setting
            order by ranked.place
        ) as place
    from course_profiles
    inner join ranked
        on
            course_profiles.site = ranked.site
            and course_profiles.setting = ranked.setting
            and course_profiles.service_year = ranked.service_year
            and course_profiles.service = ranked.service
            and course_profiles.units = ranked.units
    where
        ranked.is_far = 1
        and course_profiles.course_id in (select counted.course_id from counted where counted.services_far > 1)

),

also_far as (

    select
        far_services.course_id,
        far_services.setting,
        max(case when far_services.place = 2 then concat('; ', far_services.measured) else '' end) as second_measured,
        max(case when far_services.place = 3 then concat('; ', far_services.measured) else '' end) as third_measured
    from far_services
    group by far_services.course_id, far_services.setting

),

courses_of_settings as (

    select
        counted.setting,
        count(*) as courses
    from counted
    group by counted.setting

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
                ' services are counted far above other courses: ', ranked.measured,
                coalesce(also_far.second_measured, ''), coalesce(also_far.third_measured, '')
            )
        else concat(
            counted.services_compared, ' services compared, none is far above other courses; highest beside them: ',
            ranked.measured
        )
    end as because
from counted
inner join ranked on counted.first_place = ranked.place
inner join courses_of_settings on counted.setting = courses_of_settings.setting
left join also_far
    on
        counted.course_id = also_far.course_id
        and counted.setting = also_far.setting
