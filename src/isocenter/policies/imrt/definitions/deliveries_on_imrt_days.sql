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

),

others as (

    select crowded_deliveries.*
    from crowded_deliveries
    where crowded_deliveries.code_list in ('other_delivery', 'conventional_delivery', 'imrt_delivery_if_planned')

),

met_days as (

    select
        days.claim_line_id,
        imrt_days.procedure_code,
        case when days.is_certain and imrt_days.is_certain then 1 else 0 end as is_certain
    from days
    inner join imrt_days
        on
            days.member_id = imrt_days.member_id
            and days.service_date = imrt_days.service_date

    union all

    select
        days.claim_line_id,
        imrt_delivery_lines.procedure_code,
        0 as is_certain
    from days
    inner join crowded_deliveries
        on
            days.member_id = crowded_deliveries.member_id
            and days.service_date between crowded_deliveries.first_day and crowded_deliveries.last_day
    inner join imrt_delivery_lines on crowded_deliveries.claim_line_id = imrt_delivery_lines.claim_line_id

    union all

    select
        others.claim_line_id,
        imrt_days.procedure_code,
        0 as is_certain
    from others
    inner join imrt_days
        on
            others.member_id = imrt_days.member_id
            and imrt_days.service_date between others.first_day and others.last_day

)

select
    met_days.claim_line_id,
    min(met_days.procedure_code) as procedure_code,
    max(met_days.is_certain) = 1 as is_certain
from met_days
group by met_days.claim_line_id
