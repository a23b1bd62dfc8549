-- title: First and last day of IMRT delivery of each course, as recorded or billed

with

days as (

    select
        fractions.course_id,
        fractions.delivered_on as delivered_on
    from fractions

    union all

    select
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.service_date as delivered_on
    from imrt_delivery_lines

)

select
    days.course_id,
    min(days.delivered_on) as first_delivery,
    max(days.delivered_on) as last_delivery
from days
group by days.course_id
