-- title: Days on which each member had IMRT delivered, with a code that was billed for it

select
    imrt_delivery_lines.member_id,
    imrt_delivery_lines.service_date,
    min(imrt_delivery_lines.procedure_code) as procedure_code
from imrt_delivery_lines
group by imrt_delivery_lines.member_id, imrt_delivery_lines.service_date
