-- title:        More fractions than a day usually has, and sessions for two tumors, are shown by the treatment records
-- fault:        More fractions are billed for one day than are usually given in its sessions
-- requirements: UTIL-2
-- cites:        utilization, paragraph 2, sentence 2
-- judges:       claim_line
-- formal:       yes
-- after_service: yes
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Send the treatment records that show on which days, and for two tumors at which times, the fractions were given, or bill each session once on its day.

with

-- Days that a line of several days covers share its units; a line of more days than a course has covers none.
lines as (

    select
        imrt_delivery_lines.claim_line_id,
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.service_date,
        imrt_delivery_lines.last_service_date,
        imrt_delivery_lines.units,
        coalesce(spans.days, 1) as days,
        case
            when spans.days is null and imrt_delivery_lines.last_service_date > imrt_delivery_lines.service_date then 1
            else 0
        end as is_endless
    from imrt_delivery_lines
    left join (
        select
            service_days.claim_line_id,
            count(*) as days
        from service_days
        group by service_days.claim_line_id
    ) as spans
        on imrt_delivery_lines.claim_line_id = spans.claim_line_id
    where imrt_delivery_lines.bills_technical_part

),

-- A day that is billed once needs no look.
crowded_days as (

    select
        lines.course_id,
        lines.service_date,
        cast(sum(lines.units) as bigint) as units,
        max(lines.days) as days
    from lines
    group by lines.course_id, lines.service_date
    having sum(lines.units) > max(lines.days) or max(lines.is_endless) = 1

),

recorded_days as (

    select
        fractions.course_id,
        fractions.delivered_on,
        count(*) as recorded
    from fractions
    group by fractions.course_id, fractions.delivered_on

)

select
    lines.claim_line_id as subject_id,
    case
        when lines.is_endless = 1 then 'not_documented'
        when sessions_beside_other_tumors.claim_line_id is not null then 'not_documented'
        when crowded_days.units <= crowded_days.days * usual.number then 'met'
        when recorded_days.recorded >= crowded_days.units then 'met'
        else 'not_documented'
    end as outcome,
    case
        when lines.is_endless = 1
            then concat(
                lines.units, case when lines.units = 1 then ' fraction' else ' fractions' end, ' billed from ',
                lines.service_date, ' through ', lines.last_service_date,
                ', more days than a course of treatment has'
            )
        when sessions_beside_other_tumors.claim_line_id is not null
            then concat(
                'IMRT is billed for another tumor on ', sessions_beside_other_tumors.treated_on, ' too (line ',
                sessions_beside_other_tumors.other_line,
                '), and no modifier says that each was a session of its own; the code is for a session'
            )
        else concat(
            crowded_days.units, ' fractions billed for ',
            case
                when crowded_days.days = 1 then concat('one day, ', lines.service_date)
                else concat(crowded_days.days, ' days from ', lines.service_date)
            end,
            '; a day usually has ', cast(usual.number as integer), ' at most; fractions recorded on ',
            lines.service_date, ': ', coalesce(recorded_days.recorded, 0)
        )
    end as because
from lines
left join sessions_beside_other_tumors on lines.claim_line_id = sessions_beside_other_tumors.claim_line_id
left join crowded_days
    on
        lines.course_id = crowded_days.course_id
        and lines.service_date = crowded_days.service_date
left join recorded_days
    on
        lines.course_id = recorded_days.course_id
        and lines.service_date = recorded_days.delivered_on
cross join (
    select readings.number
    from readings
    where readings.name = 'fractions_of_a_day'
) as usual
where crowded_days.course_id is not null or sessions_beside_other_tumors.claim_line_id is not null
