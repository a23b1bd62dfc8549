-- title: Units of each compared service in each IMRT course of a Medicare member, with its provider, site, setting and year

with

-- The physician's part and the technical part of one service are counted apart, so that a pair is one service.
counted as (

    select
        coded_lines.course_id,
        compared_services.service,
        cast(
            greatest(
                sum(case when coded_lines.bills_professional_part then coded_lines.units else 0 end),
                sum(case when coded_lines.bills_technical_part then coded_lines.units else 0 end)
            ) as bigint
        ) as units
    from coded_lines
    inner join compared_services on coded_lines.code_list = compared_services.code_list
    where coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)
    group by coded_lines.course_id, compared_services.service

),

-- A course is a hospital's where any line of it is; its provider bills the plan, the technical part before the other.
planned_and_delivered as (

    select
        coded_lines.course_id,
        coded_lines.billing_npi,
        coded_lines.setting,
        coded_lines.service_date,
        coded_lines.claim_line_id,
        case when coded_lines.code_list = 'imrt_plan' then 0 else 2 end
        + case when coded_lines.bills_technical_part then 0 else 1 end as place
    from coded_lines
    where coded_lines.code_list in ('imrt_plan', 'imrt_delivery', 'imrt_delivery_if_planned')

),

billed_courses as (

    select
        planned_and_delivered.course_id,
        min(planned_and_delivered.setting) as setting,
        year(min(planned_and_delivered.service_date)) as service_year,
        min(planned_and_delivered.place) as place
    from planned_and_delivered
    group by planned_and_delivered.course_id

),

placed as (

    select
        planned_and_delivered.course_id,
        planned_and_delivered.billing_npi,
        billed_courses.setting,
        billed_courses.service_year,
        row_number() over (
            partition by planned_and_delivered.course_id
            order by planned_and_delivered.service_date, planned_and_delivered.claim_line_id
        ) as place
    from planned_and_delivered
    inner join billed_courses
        on
            planned_and_delivered.course_id = billed_courses.course_id
            and planned_and_delivered.place = billed_courses.place

)

select
    counted.course_id,
    placed.billing_npi,
    course_sites.site,
    placed.setting,
    placed.service_year,
    counted.service,
    counted.units
from counted
inner join courses on counted.course_id = courses.course_id
inner join placed
    on
        counted.course_id = placed.course_id
        and placed.place = 1
inner join course_sites on counted.course_id = course_sites.course_id
where courses.line_of_business in ('medicare', '')
