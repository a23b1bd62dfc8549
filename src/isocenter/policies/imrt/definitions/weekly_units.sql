-- title: Units of weekly management and weekly physics, each with what the fractions of its course earn

with

weeks as (

    select
        max(case when readings.name = 'fractions_per_management_unit' then readings.number end) as fractions,
        max(case when readings.name = 'management_remainder_fractions' then readings.number end)
            as management_remainder,
        max(case when readings.name = 'physics_remainder_fractions' then readings.number end) as physics_remainder
    from readings
    where
        readings.name in (
            'fractions_per_management_unit', 'management_remainder_fractions', 'physics_remainder_fractions'
        )

),

-- Stereotactic management replaces weekly management for the stereotactic fractions.
managed_apart as (

    select distinct coded_lines.course_id
    from coded_lines
    where coded_lines.code_list = 'stereotactic_management'

),

-- The weeks of a tumor without an IMRT plan are asked about with its fractions: neither counts with those of the other.
days_of_courses as (

    select
        treatment_days.course_id,
        greatest(
            treatment_days.recorded_fractions - treatment_days.billed_fractions_for_others,
            least(
                treatment_days.recorded_fractions,
                treatment_days.billed_fractions - treatment_days.billed_fractions_for_others
            )
        ) as recorded_fractions,
        treatment_days.billed_fractions - treatment_days.billed_fractions_for_others as billed_fractions,
        treatment_days.billed_stereotactic_fractions
    from treatment_days

),

-- A day on record was treated as often as the record says; a day without a record as often as was billed.
fractions_of_courses as (

    select
        days_of_courses.course_id,
        cast(sum(days_of_courses.recorded_fractions) as bigint) as recorded,
        cast(sum(days_of_courses.billed_fractions) as bigint) as billed,
        cast(sum(
            case
                when days_of_courses.recorded_fractions > 0 then days_of_courses.recorded_fractions
                else days_of_courses.billed_fractions
            end
        ) as bigint) as at_most,
        cast(sum(days_of_courses.billed_stereotactic_fractions) as bigint) as stereotactic,
        cast(sum(
            greatest(0, days_of_courses.recorded_fractions - days_of_courses.billed_stereotactic_fractions)
        ) as bigint) as others_recorded,
        cast(sum(
            case
                when days_of_courses.recorded_fractions > days_of_courses.billed_stereotactic_fractions
                    then days_of_courses.recorded_fractions
                else days_of_courses.billed_fractions
            end
        ) - sum(days_of_courses.billed_stereotactic_fractions) as bigint) as others_at_most
    from days_of_courses
    group by days_of_courses.course_id

),

counted as (

    select
        fractions_of_courses.course_id,
        'continuing_physics' as service,
        fractions_of_courses.recorded as recorded_fractions,
        fractions_of_courses.billed as billed_fractions,
        fractions_of_courses.at_most as fractions_at_most,
        0 as managed_apart_fractions
    from fractions_of_courses

    union all

    select
        fractions_of_courses.course_id,
        'weekly_management' as service,
        case
            when managed_apart.course_id is null then fractions_of_courses.recorded
            else fractions_of_courses.others_recorded
        end as recorded_fractions,
        case
            when managed_apart.course_id is null then fractions_of_courses.billed
            else fractions_of_courses.billed - fractions_of_courses.stereotactic
        end as billed_fractions,
        case
            when managed_apart.course_id is null then fractions_of_courses.at_most
            else fractions_of_courses.others_at_most
        end as fractions_at_most,
        case when managed_apart.course_id is null then 0 else fractions_of_courses.stereotactic end
            as managed_apart_fractions
    from fractions_of_courses
    left join managed_apart on fractions_of_courses.course_id = managed_apart.course_id

),

shown as (

    select
        counted.*,
        case when counted.recorded_fractions > 0 then counted.recorded_fractions else counted.billed_fractions end
            as fractions_shown,
        case
            when counted.service = 'weekly_management' then weeks.management_remainder
            else weeks.physics_remainder
        end as remainder,
        -- A course shorter than a week has one check of physics.
        case when counted.service = 'continuing_physics' then 1 else 0 end as units_at_least,
        weeks.fractions as fractions_of_a_week
    from counted
    cross join weeks

),

earned as (

    select
        shown.course_id,
        shown.service,
        shown.recorded_fractions,
        shown.billed_fractions,
        shown.fractions_at_most,
        shown.managed_apart_fractions,
        shown.remainder,
        cast(
            case
                when shown.fractions_shown = 0 then 0
                else greatest(
                    shown.units_at_least,
                    floor(shown.fractions_shown / shown.fractions_of_a_week)
                    + case when shown.fractions_shown % shown.fractions_of_a_week >= shown.remainder then 1 else 0 end
                )
            end as bigint
        ) as units_shown,
        cast(
            case
                when shown.fractions_at_most = 0 then 0
                else greatest(
                    shown.units_at_least,
                    floor(shown.fractions_at_most / shown.fractions_of_a_week)
                    + case
                        when shown.fractions_at_most % shown.fractions_of_a_week >= shown.remainder then 1
                        else 0
                    end
                )
            end as bigint
        ) as units_at_most
    from shown

),

-- Physics before the first treatment and management on a hospital's claim are refused elsewhere and take no room.
weekly_lines as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coded_lines.code_list,
        coded_lines.units,
        coded_lines.bills_professional_part,
        coded_lines.bills_technical_part,
        lines_for_other_tumors.icd10 as icd10_of_another,
        lines_for_other_tumors.label as label_of_another
    from coded_lines
    left join treatment_starts on coded_lines.course_id = treatment_starts.course_id
    left join lines_for_other_tumors on coded_lines.claim_line_id = lines_for_other_tumors.claim_line_id
    left join management_of_hospitals on coded_lines.claim_line_id = management_of_hospitals.claim_line_id
    where
        (
            coded_lines.code_list = 'continuing_physics'
            and coalesce(coded_lines.service_date >= treatment_starts.may_begin_on, true)
        )
        or (
            coded_lines.code_list = 'weekly_management'
            and not coded_lines.is_professional_component
            and not coded_lines.is_technical_component
            and management_of_hospitals.claim_line_id is null
            and coalesce(coded_lines.service_date >= treatment_starts.may_begin_on, true)
        )

),

lines as (

    select
        weekly_lines.claim_line_id,
        weekly_lines.course_id,
        weekly_lines.service_date,
        weekly_lines.code_list,
        weekly_lines.units,
        weekly_lines.bills_professional_part,
        weekly_lines.bills_technical_part
    from weekly_lines
    where weekly_lines.icd10_of_another is null

),

-- The physician's part and the technical part of one service are counted apart, so that a pair is one service.
summed as (

    select
        lines.claim_line_id,
        lines.course_id,
        lines.service_date,
        lines.code_list as service,
        lines.units,
        cast(greatest(
            case
                when lines.bills_professional_part
                    then sum(case when lines.bills_professional_part then lines.units else 0 end) over (
                        partition by lines.course_id, lines.code_list
                        order by lines.service_date, lines.claim_line_id
                    )
                else 0
            end,
            case
                when lines.bills_technical_part
                    then sum(case when lines.bills_technical_part then lines.units else 0 end) over (
                        partition by lines.course_id, lines.code_list
                        order by lines.service_date, lines.claim_line_id
                    )
                else 0
            end
        ) as bigint) as units_so_far,
        sum(lines.units) over (partition by lines.course_id, lines.code_list) as units_of_course,
        max(lines.units) over (partition by lines.course_id, lines.code_list) as most_units_of_a_line
    from lines

),

-- Where nothing says how far the claims reach, they reach as far as those of whoever bills the treatment.
treatment_claims as (

    select
        delivering_providers.course_id,
        max(delivering_providers.last_service) as last_service
    from delivering_providers
    group by delivering_providers.course_id

),

ends as (

    select
        course_windows.course_id,
        course_windows.may_go_on,
        course_windows.data_to,
        coalesce(course_windows.data_to, treatment_claims.last_service, course_windows.last_service) as claims_end_on
    from course_windows
    left join treatment_claims on course_windows.course_id = treatment_claims.course_id

),

-- Units of weeks as many as the fractions of a week or more count fractions. Of five on a line, each line keeps the
-- weeks that they make.
recounted as (

    select
        summed.*,
        weeks.fractions as fractions_of_a_week,
        earned.recorded_fractions as fractions_recorded,
        earned.billed_fractions as fractions_billed,
        earned.managed_apart_fractions as fractions_apart,
        earned.fractions_at_most as fractions_counted,
        earned.units_shown,
        earned.units_at_most,
        coalesce(
            summed.units_of_course = earned.fractions_at_most
            and summed.units_of_course > earned.units_at_most
            and earned.fractions_at_most >= weeks.fractions,
            false
        ) as counts_fractions,
        cast(
            floor(summed.units_so_far / weeks.fractions)
            + case when summed.units_so_far % weeks.fractions >= earned.remainder then 1 else 0 end
            - floor((summed.units_so_far - summed.units) / weeks.fractions)
            - case
                when (summed.units_so_far - summed.units) % weeks.fractions >= earned.remainder then 1
                else 0
            end as bigint
        ) as weeks_of_line
    from summed
    cross join weeks
    left join earned
        on
            summed.course_id = earned.course_id
            and summed.service = earned.service

),

roomy as (

    select
        recounted.*,
        coalesce(recounted.fractions_recorded, 0) as recorded_fractions,
        coalesce(recounted.fractions_billed, 0) as billed_fractions,
        coalesce(recounted.fractions_apart, 0) as managed_apart_fractions,
        coalesce(recounted.fractions_counted, 0) as fractions_at_most,
        coalesce(recounted.fractions_counted + recounted.fractions_apart, 0) > 0 as shows_fractions,
        greatest(
            0, least(recounted.units, coalesce(recounted.units_shown, 0) - recounted.units_so_far + recounted.units)
        ) as room_shown,
        case
            when recounted.counts_fractions and recounted.most_units_of_a_line = recounted.fractions_of_a_week
                then recounted.weeks_of_line
            else greatest(
                0, least(recounted.units, coalesce(recounted.units_at_most, 0) - recounted.units_so_far + recounted.units)
            )
        end as room_at_most,
        coalesce(treatment_starts.begins_at_hand, false) as begins_at_hand,
        -- Fractions after the last day of the claims may have earned the unit of a week that was begun, or of one that
        -- begins within a week of that day, no further one; and any unit that is itself after that day.
        -- Where nothing says how far the claims reach, the treatment records do.
        coalesce(
            ends.may_go_on
            and completed_courses.course_id is null
            and not recounted.counts_fractions
            and (ends.data_to is not null or recounted.fractions_recorded = 0)
            and (
                (recounted.units_so_far - 1) * recounted.fractions_of_a_week
                < recounted.fractions_counted + recounted.fractions_apart
                or recounted.service_date > ends.claims_end_on
                or (
                    recounted.service_date + 7 > ends.claims_end_on
                    and (recounted.units_so_far - 1) * recounted.fractions_of_a_week
                    = recounted.fractions_counted + recounted.fractions_apart
                )
            ),
            false
        ) as ends_open,
        ends.claims_end_on
    from recounted
    left join treatment_starts on recounted.course_id = treatment_starts.course_id
    left join ends on recounted.course_id = ends.course_id
    left join completed_courses on recounted.course_id = completed_courses.course_id

)

select
    roomy.claim_line_id,
    roomy.course_id,
    roomy.service_date,
    roomy.service,
    roomy.units,
    case
        when not roomy.shows_fractions then 'not_documented'
        -- Fractions before the first day of the claims may have earned it.
        when
            roomy.room_at_most < roomy.units
            and (not roomy.begins_at_hand or roomy.ends_open)
            then 'not_documented'
        when roomy.room_at_most < roomy.units then 'not_met'
        -- Records that show less than was billed may be incomplete: they are asked for, not held against the line.
        when roomy.room_shown < roomy.units then 'not_documented'
        when roomy.room_shown >= roomy.units then 'met'
        else 'not_documented'
    end as outcome,
    case
        -- One sentence for all lines of the course: it is one mistake.
        when roomy.counts_fractions
            then concat(
                roomy.units_of_course, ' units of ',
                case when roomy.service = 'weekly_management' then 'treatment management' else 'weekly physics' end,
                ' are billed for ', roomy.fractions_at_most,
                ' fractions: the units seem to count fractions, and one unit is a week of fractions'
            )
        else
            concat(
                roomy.units_so_far, case when roomy.units_so_far = 1 then ' unit' else ' units' end, ' of ',
                case when roomy.service = 'weekly_management' then 'treatment management' else 'weekly physics' end,
                ' in the course up to ', roomy.service_date, '; ',
                case
                    when not roomy.shows_fractions then 'no fraction is recorded or billed'
                    else concat(
                        'fractions recorded: ', roomy.recorded_fractions, ', fractions billed: ', roomy.billed_fractions
                    )
                end,
                case
                    when roomy.managed_apart_fractions = 0 then ''
                    else concat(
                        '; under stereotactic management besides: ', roomy.managed_apart_fractions
                    )
                end,
                case
                    when not roomy.shows_fractions or roomy.room_at_most >= roomy.units then ''
                    when roomy.begins_at_hand and not roomy.ends_open then ''
                    when roomy.begins_at_hand
                        then concat('; the supplied claims end on ', roomy.claims_end_on, ', and the course may go on')
                    else '; the beginning of the course is not among the claims'
                end
            )
    end as because,
    case
        when not roomy.shows_fractions or not roomy.begins_at_hand or roomy.ends_open then roomy.units
        else roomy.room_at_most
    end as units_allowed
from roomy

union all

select
    weekly_lines.claim_line_id,
    weekly_lines.course_id,
    weekly_lines.service_date,
    weekly_lines.code_list as service,
    weekly_lines.units,
    'not_documented' as outcome,
    concat(
        case when weekly_lines.code_list = 'weekly_management' then 'treatment management' else 'weekly physics' end,
        ' on ', weekly_lines.service_date, ' is by its diagnosis for ', weekly_lines.label_of_another, ' (',
        weekly_lines.icd10_of_another, '), for whose fractions no IMRT plan was supplied'
    ) as because,
    weekly_lines.units as units_allowed
from weekly_lines
where weekly_lines.icd10_of_another is not null
