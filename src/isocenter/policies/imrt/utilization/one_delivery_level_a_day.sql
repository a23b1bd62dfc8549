-- title:        A course is not billed at two levels of delivery on one day without a look
-- requirements: DEL-1, UTIL-4
-- cites:        G6015-G6016, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Show what each of the two deliveries of that day was, or withdraw the one that was not given.

with

level_days as (

    select
        coded_lines.course_id,
        coded_lines.service_date,
        min(coded_lines.procedure_code) as lowest_code,
        max(coded_lines.procedure_code) as highest_code
    from coded_lines
    where coded_lines.code_list = 'imrt_delivery_if_planned'
    group by coded_lines.course_id, coded_lines.service_date

)

select
    imrt_delivery_lines.claim_line_id as subject_id,
    case
        when level_days.lowest_code < level_days.highest_code then 'not_met'
        when level_days.lowest_code = level_days.highest_code then 'met'
    end as outcome,
    concat(
        'delivery on ', imrt_delivery_lines.service_date, '; codes of delivery billed for the course on that day: ',
        level_days.lowest_code,
        case
            when level_days.lowest_code < level_days.highest_code then concat(' and ', level_days.highest_code)
            else ''
        end
    ) as because
from imrt_delivery_lines
inner join level_days
    on
        imrt_delivery_lines.course_id = level_days.course_id
        and imrt_delivery_lines.service_date = level_days.service_date
where imrt_delivery_lines.code_list = 'imrt_delivery_if_planned'
