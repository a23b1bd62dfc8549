-- title: Who bills the treatment of each course, since when, and until when their claims of the course were supplied

with

delivering as (

    select
        delivery_lines.course_id,
        delivery_lines.billing_npi,
        delivery_lines.setting,
        min(delivery_lines.service_date) as first_delivery
    from delivery_lines
    where delivery_lines.bills_technical_part
    group by delivery_lines.course_id, delivery_lines.billing_npi, delivery_lines.setting

)

select
    delivering.course_id,
    delivering.billing_npi,
    delivering.setting,
    delivering.first_delivery,
    max(coalesce(lines_with_components.last_service_date, lines_with_components.service_date)) as last_service
from delivering
inner join lines_with_components
    on
        delivering.course_id = lines_with_components.course_id
        and delivering.billing_npi = lines_with_components.billing_npi
        and delivering.setting = lines_with_components.setting
group by delivering.course_id, delivering.billing_npi, delivering.setting, delivering.first_delivery
