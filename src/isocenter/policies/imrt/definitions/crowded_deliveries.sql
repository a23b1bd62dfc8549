-- title: Delivery lines of more fractions than a day has, with the first and last day that these may have been given on

select
    delivery_lines.claim_line_id,
    delivery_lines.course_id,
    delivery_lines.member_id,
    delivery_lines.procedure_code,
    delivery_lines.code_list,
    -- Five fractions make a week; some bill it under its first day, some under its last.
    delivery_lines.service_date - 7 * cast(floor((delivery_lines.units + 4) / 5) as integer) + 1 as first_day,
    delivery_lines.service_date + 7 * cast(floor((delivery_lines.units + 4) / 5) as integer) - 1 as last_day
from delivery_lines
where
    delivery_lines.units < 100
    and delivery_lines.units > (
        select readings.number
        from readings
        where readings.name = 'fractions_of_a_day'
    )
    and not exists (
        select 1
        from service_days
        where service_days.claim_line_id = delivery_lines.claim_line_id
    )
