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
