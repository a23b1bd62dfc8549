-- title: Days on which each member had IMRT delivered, or may have had, with a code that was billed for it

with

days as (

    select
        imrt_delivery_lines.member_id,
        coalesce(service_days.service_day, imrt_delivery_lines.service_date) as service_date,
        imrt_delivery_lines.procedure_code,
        -- The units of a line of several days may leave open which of them were served.
        case when coalesce(service_days.is_certain, true) then 1 else 0 end as is_certain
    from imrt_delivery_lines
    left join service_days on imrt_delivery_lines.claim_line_id = service_days.claim_line_id

)

select
    days.member_id,
    days.service_date,
    min(days.procedure_code) as procedure_code,
    max(days.is_certain) = 1 as is_certain
from days
group by days.member_id, days.service_date
