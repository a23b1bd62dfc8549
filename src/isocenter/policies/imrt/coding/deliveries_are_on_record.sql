-- title:        Each delivery billed is one that the treatment records show
-- fault:        More deliveries are billed than the treatment records show
-- requirements: UTIL-2, UTIL-4
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, fractions
-- rests_on:     itself, delivery_kinds
-- consequence:  reduce
-- remedy:       Send the treatment record of each session billed for that day, or withdraw the units beyond it.
-- carc:         151

with

recorded_days as (

    select
        fractions.course_id,
        fractions.delivered_on,
        count(*) as recorded
    from fractions
    group by fractions.course_id, fractions.delivered_on

),

recorded_courses as (

    select distinct recorded_days.course_id
    from recorded_days

),

-- Brachytherapy and intraoperative treatment have records of their own kind.
lines as (

    select
        delivery_lines.*,
        imrt_delivery_lines.claim_line_id is not null as delivers_imrt
    from delivery_lines
    inner join recorded_courses on delivery_lines.course_id = recorded_courses.course_id
    left join imrt_delivery_lines on delivery_lines.claim_line_id = imrt_delivery_lines.claim_line_id
    where
        delivery_lines.bills_technical_part
        and delivery_lines.modality in ('imrt', 'external_beam')

),

-- What was recorded on the days that a line of several days covers.
spans as (

    select
        lines.claim_line_id,
        max(service_days.service_day) as last_day,
        cast(coalesce(sum(recorded_days.recorded), 0) as bigint) as recorded
    from lines
    inner join service_days on lines.claim_line_id = service_days.claim_line_id
    left join recorded_days
        on
            lines.course_id = recorded_days.course_id
            and service_days.service_day = recorded_days.delivered_on
    group by lines.claim_line_id

),

of_a_day as (

    select
        lines.claim_line_id,
        lines.course_id,
        lines.service_date,
        lines.units,
        cast(sum(lines.units) over (
            partition by lines.course_id, lines.service_date
            -- On a day of IMRT the other delivery is the one that may not be billed.
            order by case when lines.delivers_imrt then 0 else 1 end, lines.claim_line_id
        ) as bigint) as units_so_far
    from lines
    left join spans on lines.claim_line_id = spans.claim_line_id
    where spans.claim_line_id is null

),

judged as (

    select
        of_a_day.claim_line_id,
        of_a_day.service_date,
        of_a_day.units,
        of_a_day.units_so_far,
        coalesce(recorded_days.recorded, 0) as recorded,
        cast(
            greatest(
                0, least(of_a_day.units, coalesce(recorded_days.recorded, 0) - of_a_day.units_so_far + of_a_day.units)
            ) as bigint
        ) as units_shown
    from of_a_day
    left join recorded_days
        on
            of_a_day.course_id = recorded_days.course_id
            and of_a_day.service_date = recorded_days.delivered_on

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.units_shown >= judged.units then 'met'
        when judged.recorded > 0 then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        judged.units_so_far, case when judged.units_so_far = 1 then ' delivery' else ' deliveries' end,
        ' billed so far for ', judged.service_date, '; fractions on record for that day: ', judged.recorded
    ) as because,
    case when judged.recorded > 0 then judged.units_shown else judged.units end as units_allowed
from judged

union all

select
    lines.claim_line_id as subject_id,
    case when spans.recorded >= lines.units then 'met' else 'not_documented' end as outcome,
    concat(
        lines.units, case when lines.units = 1 then ' delivery' else ' deliveries' end, ' billed from ',
        lines.service_date, ' to ', spans.last_day, '; fractions on record for those days: ', spans.recorded
    ) as because,
    lines.units as units_allowed
from lines
inner join spans on lines.claim_line_id = spans.claim_line_id
