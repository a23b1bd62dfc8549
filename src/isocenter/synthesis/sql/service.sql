-- The services of each course of a part, each with its day: what was rightly done, and what is planted.
-- part says which component is billed ('' both), extra_modifier what is added to that of the component.

with

-- Each session of external beam with its day, and each week of five fractions with its first.
sessions as (

    select
        course.number,
        course.technique,
        course.kind,
        course.site,
        course.violation,
        course.sessions,
        course.sessions_a_day,
        course.is_planned_as_imrt,
        session.index as session,
        session_day(course.first_delivery, session.index, course.sessions, course.break_days) as day
    from course
    cross join lateral (select unnest(range(course.last_session + 1)) as index) as session

),

weeks as (

    select
        course.number,
        course.technique,
        course.violation,
        course.external_fractions - 5 * week.index as fractions_left,
        session_day(
            course.first_delivery, 5 * week.index // course.sessions_a_day, course.sessions, course.break_days
        ) as day
    from course
    cross join lateral (select unnest(range((course.external_fractions + 4) // 5)) as index) as week

),

timed as (

    select
        course.*,
        session_day(course.first_delivery, 2, course.sessions, course.break_days) as third_day,
        session_day(course.first_delivery, 8, course.sessions, course.break_days) as ninth_day,
        session_day(course.first_delivery, course.last_session, course.sessions, course.break_days) as last_day,
        case
            when course.technique = 'brachytherapy' then course.first_delivery
            else workday(
                session_day(course.first_delivery, course.last_session, course.sessions, course.break_days) + 5
            )
        end as brachytherapy_on
    from course

),

services (number, service, day, units, part, extra_modifier, planted) as (

    -- Before treatment.
    select number, 'consultation', begins_on, 1, '', '', ''
    from timed
    where draw(number, 'consultation') < 0.7

    union all

    select
        number,
        'clinical_planning',
        case when violation = 'planning_after_plan' then workday(planned_on + 1) else clinical_on end,
        1, '', '',
        case when violation = 'planning_after_plan' then violation else '' end
    from timed

    union all

    -- A hospital's simulation is packaged into the IMRT plan unless it lies long before; the physician's is not.
    select
        number, 'simulation', simulated_on, 1,
        case when is_packaged and kind <> 'hospital_package' then 'professional' else '' end,
        '', ''
    from timed

    union all

    select
        number, 'imrt_plan',
        case when violation = 'plan_late' then third_day else planned_on end,
        case when violation = 'two_plans_on_a_line' then 2 else 1 end,
        '', '',
        case when violation = 'two_plans_on_a_line' then violation else '' end
    from timed
    where is_planned_as_imrt and violation <> 'plan_missing'

    union all

    -- The anatomy changed: a new planning CT and a new plan, which the chart would explain.
    select
        changed.number, changed.service,
        workday(
            session_day(changed.first_delivery, changed.session, changed.sessions, changed.break_days) + changed.later
        ),
        1,
        case when changed.is_packaged and changed.service = 'simulation' then 'professional' else '' end,
        '', ''
    from (
        select
            timed.*,
            repeats.*
        from timed
        inner join
            (values
                ('replan', 12, 'simulation', 0), ('replan', 12, 'imrt_plan', 3),
                ('adaptive', 8, 'simulation', 0), ('adaptive', 8, 'imrt_plan', 2),
                ('adaptive', 18, 'simulation', 0), ('adaptive', 18, 'imrt_plan', 2)
            ) as repeats (of_kind, session, service, later)
            on timed.kind = repeats.of_kind
    ) as changed

    union all

    select number, 'conformal_plan', planned_on, 1, '', '', ''
    from timed
    where not is_planned_as_imrt and technique in ('conformal', 'stereotactic') and kind <> 'single_fraction'

    union all

    select number, 'simple_isodose', planned_on, 1, '', '', ''
    from timed
    where kind = 'single_fraction'

    union all

    select number, 'particle_isodose', planned_on, 1, '', '', ''
    from timed
    where technique = 'electrons'

    union all

    select
        number, 'basic_dosimetry', planned_on,
        case when violation = 'far_more_calculations' then 24 else 2 + pick(number, 'calculations', 6) end,
        '', '', ''
    from timed
    where kind <> 'single_fraction'

    union all

    -- Immobilization is separate from the plan and billed as a distinct service.
    select number, 'device', simulated_on, 1, '', case when is_planned_as_imrt then '59' else '' end, ''
    from timed
    where technique <> 'brachytherapy'

    union all

    select number, 'multileaf_devices', planned_on, 1, '', '', ''
    from timed
    where
        is_planned_as_imrt
        and (draw(number, 'devices') < 0.6 or violation = 'collimator_claimed_twice')
        and violation not like 'too_many_devices%'

    union all

    select
        number, 'device', planned_on,
        case
            when violation like 'too_many_devices%' then 7 + pick(number, 'stops', 4)
            else 1 + pick(number, 'stops', 5)
        end,
        'professional', '',
        case
            when violation like 'too_many_devices%' or violation = 'collimator_claimed_twice' then violation
            else ''
        end
    from timed
    where
        is_planned_as_imrt
        and place <> 'freestanding'
        and (
            draw(number, 'devices') >= 0.6
            or violation like 'too_many_devices%'
            or violation = 'collimator_claimed_twice'
        )

    union all

    select
        number, 'motion_management',
        case when violation = 'motion_apart_from_plan' then workday(planned_on + 1) else planned_on end,
        1, '', '',
        case when violation = 'motion_apart_from_plan' then violation else '' end
    from timed
    where
        violation = 'motion_apart_from_plan'
        or (
            violation not in ('plan_missing', 'plan_late')
            and technique in ('imrt', 'conformal', 'stereotactic')
            and kind <> 'single_fraction'
            and site in ('thorax', 'abdomen', 'breast')
            and draw(number, 'motion') < 0.5
        )

    union all

    select number, 'special_physics', third_day, 1, '', '', ''
    from timed
    where
        violation = 'second_special_physics'
        or (is_planned_as_imrt and place <> 'hospital' and sessions > 8 and draw(number, 'physics') < 0.06)

    union all

    -- During treatment.
    select
        number,
        case
            when violation = 'code_of_another_setting' and session < 3 then 'delivery_elsewhere'
            when session < sessions then concat(technique, '_delivery')
            when kind = 'electron_boost' then 'electron_boost_delivery'
            else 'boost_delivery'
        end,
        day,
        case when violation = 'fractions_on_one_day' and session = 2 then sessions_a_day + 4 else sessions_a_day end,
        '',
        case
            when violation = 'refusal_expected' and session = 1 then 'GZ'
            -- Of two tumors that are treated on one day the second is billed as a session of its own.
            when kind = 'concurrent_sites' and number % 2 = 1 then '59'
            else ''
        end,
        case
            when violation = 'plan_missing' then violation
            when violation = 'fractions_on_one_day' and session = 2 then violation
            when violation = 'plan_late' and session < 2 then violation
            when violation = 'two_levels_on_a_day' and session = 2 then violation
            when violation = 'code_of_another_setting' and session < 3 then violation
            when violation = 'duplicate_claim' and session = 1 then violation
            when violation = 'refusal_expected' and session = 1 then violation
            else ''
        end
    from sessions
    where technique <> 'brachytherapy'

    union all

    select number, 'simple_isodose', session_day(first_delivery, sessions - 3, sessions, break_days), 1, '', '', ''
    from timed
    where kind = 'cone_down'

    union all

    select number, 'particle_isodose', session_day(first_delivery, sessions - 3, sessions, break_days), 1, '', '', ''
    from timed
    where kind = 'electron_boost'

    union all

    select
        number,
        case
            when site = 'prostate' and pick(number, 'guidance', 3) = 0 then 'guidance_ultrasound'
            when pick(number, 'guidance', 3) = 1 then 'guidance_xray'
            else 'guidance_ct'
        end,
        day, 1, '', '', ''
    from sessions
    where is_planned_as_imrt and technique <> 'stereotactic' and draw(number, 'guided') < 0.5

    union all

    select number, 'port_images', day, 1, '', '', ''
    from weeks
    where technique in ('conformal', 'electrons')

    union all

    -- Three or four fractions at the end earn one more unit, one or two none.
    select
        number,
        case when violation = 'management_by_hospital' and is_first then violation else 'management' end, day,
        case when violation = 'double_management' and fractions_left <= 7 then 2 else 1 end,
        '',
        case when violation = 'management_component' and is_first then '26' else '' end,
        case
            when violation = 'double_management' and fractions_left <= 7 then violation
            when violation in ('management_component', 'management_by_hospital') and is_first then violation
            else ''
        end
    from (
        select
            weeks.*,
            weeks.day = min(weeks.day) over (partition by weeks.number) as is_first
        from weeks
    ) as managed
    where fractions_left >= 3

    union all

    select number, 'short_management', first_delivery, 1, '', '', ''
    from timed
    where external_fractions between 1 and 2

    union all

    select number, 'stereotactic_management', first_delivery, 1, '', '', ''
    from timed
    where technique = 'stereotactic'

    union all

    -- Each five fractions have one check of physics, and a course of fewer has one too.
    select
        number, 'weekly_physics', day, 1, '',
        case when violation = 'physics_component' and is_first then '26' else '' end,
        case when violation = 'physics_component' and is_first then violation else '' end
    from (
        select
            weeks.*,
            weeks.day = min(weeks.day) over (partition by weeks.number) as is_first
        from weeks
    ) as checked
    where fractions_left >= 5 or is_first

    union all

    select number, 'weekly_physics', first_delivery, 1, '', '', ''
    from timed
    where technique = 'stereotactic'

    union all

    -- Brachytherapy once a week, alone or as the boost after the external beam; electrons given in the theatre.
    select number, 'brachytherapy_isodose', brachytherapy_on, 1, '', '', ''
    from timed
    where technique = 'brachytherapy' or kind = 'brachytherapy_boost'

    union all

    select timed.number, 'brachytherapy_delivery', workday(timed.brachytherapy_on + week.index), 1, '', '', ''
    from timed
    cross join lateral (
        select
            7 * unnest(range(
                case when timed.technique = 'brachytherapy' then timed.sessions else timed.boost_sessions end
            ))::integer as index
    ) as week
    where timed.technique = 'brachytherapy' or timed.kind = 'brachytherapy_boost'

    union all

    select timed.number, given.service, timed.begins_on, 1, '', '', ''
    from timed
    cross join (
        values ('intraoperative_delivery'), ('intraoperative_management'), ('special_treatment')
    ) as given (service)
    where timed.kind = 'intraoperative_boost' and timed.begins_on >= date '2012-01-01'

    union all

    -- What is planted beside a clean course.
    select
        timed.number, planted.service,
        case planted.day
            when 'simulation' then timed.simulated_on
            when 'plan' then timed.planned_on
            when 'first session' then timed.first_delivery
            when 'third session' then timed.third_day
            when 'ninth session' then timed.ninth_day
            when 'last session' then timed.last_day
            when 'after the last session' then workday(timed.last_day + 1)
        end,
        planted.units,
        case when planted.part = 'paid' then case timed.place when 'hospital' then 'professional' else '' end
            else planted.part end,
        '', timed.violation
    from timed
    inner join planted on timed.violation = planted.kind

    union all

    -- Other care of the same member, which belongs to no course.
    select timed.number, other.service, workday(timed.begins_on + other.after), 1, '', '', ''
    from timed
    cross join (values ('visit', 0), ('laboratory', 9), ('visit', 33)) as other (service, after)
    where draw(timed.number, other.service) < 0.5

)

select * from services
