-- title: First and last day of IMRT delivery of each course, as recorded or billed

select
    delivery_days.course_id,
    min(delivery_days.delivered_on) as first_delivery,
    max(delivery_days.delivered_on) as last_delivery
from delivery_days
group by delivery_days.course_id
