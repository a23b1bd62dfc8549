-- title: Day of the first delivery of any modality in each course, as recorded or billed

with

days as (

    select
        fractions.course_id,
        fractions.delivered_on as delivered_on
    from fractions

    union all

    select
        coded_lines.course_id,
        coded_lines.service_date as delivered_on
    from coded_lines
    where
        coded_lines.code_list in (
            'imrt_delivery', 'imrt_delivery_if_planned', 'other_delivery', 'conventional_delivery',
            'brachytherapy_delivery', 'special_delivery'
        )

)

select
    days.course_id,
    min(days.delivered_on) as first_delivery
from days
group by days.course_id
