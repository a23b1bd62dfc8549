-- The courses of one part: who is treated where, by what, of what, when, and which violation is planted.

with

numbered as (

    select
        numbers.number,
        numbers.number - numbers.number % 2 as pair,
        draw(numbers.number - numbers.number % 2, 'overlap') < getvariable('overlapping')
        and (numbers.number % 2 = 1 or numbers.number + 1 < getvariable('courses')) as is_concurrent
    from (select unnest(range(getvariable('first_course'), getvariable('next_course'))) as number) as numbers

),

-- Course 2n and the next may overlap. Both courses of such a pair are drawn alike, but for the site and the physician.
placed as (

    select
        numbered.number,
        numbered.is_concurrent,
        numbered.is_concurrent and numbered.number <> numbered.pair as is_second,
        case when numbered.is_concurrent then numbered.pair else numbered.number end as drawn_by
    from numbered

),

-- One course in twelve is a later one of a member who was treated about 400 days before.
with_members as (

    select
        placed.*,
        case
            when
                not placed.is_concurrent
                and placed.number % 12 = 5
                and placed.number >= getvariable('later_by') + getvariable('later_spread')
                then
                    2 * getvariable('later_spread')
                    * ((placed.number - getvariable('later_by')) // getvariable('later_spread'))
                    + getvariable('later_spread') - 1 - (placed.number - getvariable('later_by'))
            else placed.drawn_by
        end as member_number,
        case
            when placed.is_second then workday(begin_of(placed.drawn_by) + pick(placed.drawn_by, 'delay', 15))
            else begin_of(placed.number)
        end as begins_on,
        (
            pick(placed.drawn_by, 'provider', getvariable('providers'))
            + case when placed.is_second and draw(placed.drawn_by, 'elsewhere') < 0.3 then 10 else 0 end
        ) % getvariable('providers') as provider,
        pick(placed.drawn_by, 'physician', 4) + case when placed.is_second then 4 else 0 end as physician,
        case when draw(placed.drawn_by, 'family') < 0.75 then 'imrt' else 'other' end
        || case when placed.is_concurrent then ' beside another' else '' end as list
    from placed

),

with_places as (

    select
        with_members.*,
        place_of(with_members.provider) as place,
        case
            when draw(with_members.member_number, 'coverage') < 0.90 then 'medicare'
            when draw(with_members.member_number, 'coverage') < 0.96 then 'commercial'
            when draw(with_members.member_number, 'coverage') < 0.99 then 'medicaid'
            else 'other'
        end as line_of_business
    from with_members

),

with_regimens as (

    select
        with_places.*,
        regimen_draws.technique,
        regimen_draws.site,
        regimen_draws.sessions,
        regimen_draws.sessions_a_day,
        regimen_draws.boost_sessions,
        regimen_draws.break_days,
        case
            when
                replans_by_habit(with_places.provider)
                and with_places.list = 'imrt'
                and regimen_draws.kind = 'plain'
                and regimen_draws.sessions >= 20
                and draw(with_places.number, 'habit') < 0.5
                then 'replan'
            else regimen_draws.kind
        end as regimen_kind,
        starts_with(with_places.list, 'imrt') as is_planned_as_imrt
    from with_places
    inner join regimen_lists
        on
            with_places.list = regimen_lists.list
            and with_places.place = regimen_lists.place
    inner join regimen_draws
        on
            with_places.list = regimen_draws.list
            and with_places.place = regimen_draws.place
            and regimen_draws.position = (
                pick(with_places.drawn_by, 'regimen', regimen_lists.choices)
                + case when with_places.is_second then regimen_lists.choices // 2 else 0 end
            ) % regimen_lists.choices

),

-- One violation at most in a plain course of IMRT.
spoiled as (

    select
        with_regimens.number,
        -- Kinds of a single year are drawn oftener in it, so that some are planted.
        arg_min(
            violations.kind,
            hash(with_regimens.number, violations.kind, getvariable('seed'))
            // case when violations.from_year = violations.to_year then 8 else 1 end
        ) as violation
    from with_regimens
    inner join violations
        on
            violations.place in ('any', with_regimens.place)
            and year(with_regimens.begins_on) between violations.from_year and violations.to_year
    where
        violations.subject_kind <> 'facility'
        and with_regimens.is_planned_as_imrt
        and with_regimens.regimen_kind = 'plain'
        and not with_regimens.is_concurrent
        and with_regimens.line_of_business = 'medicare'
        and draw(with_regimens.number, 'violation') < getvariable('violations')
    group by with_regimens.number

),

with_violations as (

    select
        with_regimens.* exclude (list, drawn_by, is_concurrent, regimen_kind),
        case when with_regimens.is_concurrent then 'concurrent_sites' else with_regimens.regimen_kind end as kind,
        with_regimens.is_concurrent as is_overlapping,
        coalesce(spoiled.violation, '') as violation,
        case
            when spoiled.violation = 'site_not_listed' then 'outside_the_list'
            else with_regimens.site
        end as diagnosed_site,
        workday(with_regimens.begins_on + 1) as clinical_on
    from with_regimens
    left join spoiled on with_regimens.number = spoiled.number

),

simulated as (

    select
        with_violations.*,
        workday(with_violations.clinical_on + 1 + pick(with_violations.number, 'simulated', 3)) as simulated_on
    from with_violations

),

planned as (

    select
        simulated.*,
        workday(
            simulated.simulated_on
            + case when simulated.kind = 'hospital_package' then 16 else 4 end
            + pick(simulated.number, 'planned', 5)
        ) as planned_on
    from simulated

),

started as (

    select
        planned.*,
        workday(planned.planned_on + 3 + pick(planned.number, 'started', 5)) as first_delivery
    from planned

)

select
    started.*,
    diagnosis_draws.icd10,
    case
        when started.kind in ('brachytherapy_boost', 'intraoperative_boost') then started.sessions - 1
        else started.sessions + started.boost_sessions - 1
    end as last_session,
    started.member_number <> started.number and not started.is_overlapping as is_later_course,
    started.is_planned_as_imrt and started.place = 'hospital' and started.kind <> 'inpatient' as is_packaged,
    case
        when started.technique in ('brachytherapy', 'stereotactic') then 0
        when started.kind in ('brachytherapy_boost', 'intraoperative_boost') then started.sessions
        else started.sessions * started.sessions_a_day + started.boost_sessions
    end as external_fractions,
    case
        when started.violation <> '' then 'once'
        when draw(started.number, 'revision') < 0.02 then 'corrected'
        when draw(started.number, 'revision') < 0.03 then 'voided'
        else 'once'
    end as revision,
    datetrunc('month', started.planned_on) as revised_month,
    started.kind = 'inpatient' as is_inpatient,
    0.9 + 0.2 * draw(started.provider, 'price') as price,
    2.0 + draw(started.provider, 'charge') as markup
from started
inner join diagnosis_draws
    on
        started.diagnosed_site = diagnosis_draws.site
        and diagnosis_draws.position = pick(started.number, 'diagnosis', diagnosis_draws.choices)
