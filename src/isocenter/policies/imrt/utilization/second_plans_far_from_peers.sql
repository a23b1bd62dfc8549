-- title:        A provider's share of courses with a second IMRT plan is not far above that of others
-- fault:        The provider's share of courses with a second IMRT plan is far above that of others
-- requirements: UTIL-3
-- cites:        utilization, paragraph 2
-- judges:       facility
-- compares:     courses
-- needs:        courses, claim_lines
-- consequence:  inform
-- remedy:       Check why so many courses were planned twice; each second plan is judged by its own record.

with

providers as (

    select
        course_profiles.billing_npi,
        min(course_profiles.setting) as setting,
        count(*) as courses,
        sum(case when course_profiles.units > 1 then 1 else 0 end) as second_plans
    from course_profiles
    where course_profiles.service = 'plan' and course_profiles.billing_npi <> ''
    group by course_profiles.billing_npi

),

numbers as (

    select
        max(case when readings.name = 'providers_least_courses' then readings.number end) as least_courses,
        max(case when readings.name = 'providers_least_peers' then readings.number end) as least_peers,
        max(case when readings.name = 'providers_least_second_plans' then readings.number end) as least_second_plans,
        max(case when readings.name = 'peers_far_deviations' then readings.number end) as far_deviations
    from readings
    where
        readings.name in (
            'providers_least_courses', 'providers_least_peers', 'providers_least_second_plans', 'peers_far_deviations'
        )

),

-- Providers with few courses count together as one: their own shares are chance.
peers as (

    select
        providers.setting,
        case when providers.courses >= numbers.least_courses then providers.billing_npi else '' end as peer,
        sum(providers.courses) as courses,
        sum(providers.second_plans) as second_plans
    from providers
    cross join numbers
    group by
        providers.setting,
        case when providers.courses >= numbers.least_courses then providers.billing_npi else '' end

),

ordered_shares as (

    select
        peers.setting,
        peers.peer,
        cast(100 * peers.second_plans as double) / peers.courses as share_percent,
        count(*) over (partition by peers.setting) as peers_in_all,
        row_number() over (
            partition by peers.setting
            order by cast(100 * peers.second_plans as double) / peers.courses, peers.peer
        ) as place
    from peers

),

medians as (

    select
        ordered_shares.setting,
        ordered_shares.peers_in_all,
        avg(ordered_shares.share_percent) as median_percent
    from ordered_shares
    where
        ordered_shares.place
        in (floor((ordered_shares.peers_in_all + 1) / 2), floor((ordered_shares.peers_in_all + 2) / 2))
    group by ordered_shares.setting, ordered_shares.peers_in_all

),

ordered_deviations as (

    select
        medians.setting,
        medians.peers_in_all,
        medians.median_percent,
        abs(ordered_shares.share_percent - medians.median_percent) as deviation_percent,
        row_number() over (
            partition by medians.setting
            order by abs(ordered_shares.share_percent - medians.median_percent), ordered_shares.peer
        ) as place
    from ordered_shares
    inner join medians on ordered_shares.setting = medians.setting

),

spreads as (

    select
        ordered_deviations.setting,
        ordered_deviations.peers_in_all,
        ordered_deviations.median_percent,
        avg(ordered_deviations.deviation_percent) as deviation_percent
    from ordered_deviations
    where
        ordered_deviations.place
        in (floor((ordered_deviations.peers_in_all + 1) / 2), floor((ordered_deviations.peers_in_all + 2) / 2))
    group by ordered_deviations.setting, ordered_deviations.peers_in_all, ordered_deviations.median_percent

),

overall as (

    select
        peers.setting,
        cast(sum(peers.second_plans) as double) / sum(peers.courses) as share
    from peers
    group by peers.setting

),

-- Far is measured by the spread of the peers, or by the chance of so many courses where that is larger.
judged as (

    select
        providers.billing_npi,
        providers.courses,
        providers.second_plans,
        numbers.least_courses,
        numbers.least_peers,
        spreads.peers_in_all,
        spreads.median_percent,
        spreads.median_percent + numbers.far_deviations * greatest(
            spreads.deviation_percent / 0.6745,
            100 * sqrt(overall.share * (1 - overall.share) / providers.courses)
        ) as far_percent,
        cast(100 * providers.second_plans as double) / providers.courses as share_percent,
        providers.second_plans >= numbers.least_second_plans as has_enough_second_plans
    from providers
    inner join spreads on providers.setting = spreads.setting
    inner join overall on providers.setting = overall.setting
    cross join numbers

)

select
    judged.billing_npi as subject_id,
    case
        when judged.courses < judged.least_courses or judged.peers_in_all < judged.least_peers then 'not_applicable'
        when judged.share_percent > judged.far_percent and judged.has_enough_second_plans then 'not_met'
        when judged.share_percent <= judged.far_percent or not judged.has_enough_second_plans then 'met'
    end as outcome,
    concat(
        judged.second_plans, ' of ', judged.courses, ' courses have a second IMRT plan',
        case
            when judged.courses < judged.least_courses
                then concat('; too few courses to compare, ', cast(judged.least_courses as integer), ' are needed')
            when judged.peers_in_all < judged.least_peers
                then concat(
                    '; too few providers of this setting to compare with: ', judged.peers_in_all, ', ',
                    cast(judged.least_peers as integer), ' are needed'
                )
            else concat(
                ' (', printf('%.1f', floor(judged.share_percent * 10 + 0.5) / 10), ' %); the median of ',
                judged.peers_in_all, ' providers of this setting is ',
                printf('%.1f', floor(judged.median_percent * 10 + 0.5) / 10), ' %, far is above ',
                printf('%.1f', floor(judged.far_percent * 10 + 0.5) / 10), ' %'
            )
        end
    ) as because
from judged
