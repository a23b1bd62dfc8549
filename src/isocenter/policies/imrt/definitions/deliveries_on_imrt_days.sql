-- title: Delivery lines of another kind with a day on which the same member had IMRT delivered, or may have had

with

days as (

    select
        delivery_lines.claim_line_id,
        delivery_lines.member_id,
        coalesce(service_days.service_day, delivery_lines.service_date) as service_date,
        coalesce(service_days.is_certain, true) as is_certain
    from delivery_lines
    left join service_days on delivery_lines.claim_line_id = service_days.claim_line_id
    where delivery_lines.code_list in ('other_delivery', 'conventional_delivery', 'imrt_delivery_if_planned')

)

select
    days.claim_line_id,
    min(imrt_days.procedure_code) as procedure_code,
    max(case when days.is_certain and imrt_days.is_certain then 1 else 0 end) = 1 as is_certain
from days
inner join imrt_days
    on
        days.member_id = imrt_days.member_id
        and days.service_date = imrt_days.service_date
group by days.claim_line_id
