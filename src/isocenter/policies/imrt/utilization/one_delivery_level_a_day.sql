-- title:        A course is billed under one code of IMRT delivery on one day
-- fault:        One course is billed under two codes of IMRT delivery on one day
-- requirements: DEL-1, UTIL-4
-- cites:        G6015-G6016, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     imrt_delivery, imrt_delivery_if_planned
-- of_one_day:   yes
-- consequence:  review
-- remedy:       Show what each of the two deliveries of that day was, or withdraw the one that was not given.

with

-- A session is billed under one code; a second session of the day under the same one.
lines as (

    select
        imrt_delivery_lines.claim_line_id,
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.service_date,
        imrt_delivery_lines.procedure_code
    from imrt_delivery_lines
    where imrt_delivery_lines.is_in_force

),

days as (

    select
        lines.course_id,
        lines.service_date,
        min(lines.procedure_code) as lowest_code,
        max(lines.procedure_code) as highest_code
    from lines
    group by lines.course_id, lines.service_date

)

select
    lines.claim_line_id as subject_id,
    case
        when days.lowest_code < days.highest_code then 'not_met'
        when days.lowest_code = days.highest_code then 'met'
    end as outcome,
    concat(
        'delivery on ', lines.service_date, '; codes of IMRT delivery billed for the course on that day: ',
        days.lowest_code,
        case when days.lowest_code < days.highest_code then concat(' and ', days.highest_code) else '' end
    ) as because
from lines
inner join days
    on
        lines.course_id = days.course_id
        and lines.service_date = days.service_date
