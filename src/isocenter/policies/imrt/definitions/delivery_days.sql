-- title: Days of IMRT delivery of each course, as recorded or billed

select
    fractions.course_id,
    fractions.delivered_on
from fractions

union

select
    imrt_delivery_lines.course_id,
    imrt_delivery_lines.service_date as delivered_on
from imrt_delivery_lines

union

select
    imrt_delivery_lines.course_id,
    service_days.service_day as delivered_on
from imrt_delivery_lines
inner join service_days on imrt_delivery_lines.claim_line_id = service_days.claim_line_id
