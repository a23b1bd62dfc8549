-- title: Days on which each member had IMRT delivered, with a code that was billed for it; of a line of several days those that its units tell

with

days as (

    select
        imrt_delivery_lines.member_id,
        imrt_delivery_lines.service_date,
        imrt_delivery_lines.procedure_code
    from imrt_delivery_lines
    left join service_days on imrt_delivery_lines.claim_line_id = service_days.claim_line_id
    where service_days.claim_line_id is null

    union all

    select
        imrt_delivery_lines.member_id,
        service_days.service_day as service_date,
        imrt_delivery_lines.procedure_code
    from imrt_delivery_lines
    inner join service_days on imrt_delivery_lines.claim_line_id = service_days.claim_line_id
    where service_days.is_certain

)

select
    days.member_id,
    days.service_date,
    min(days.procedure_code) as procedure_code
from days
group by days.member_id, days.service_date
