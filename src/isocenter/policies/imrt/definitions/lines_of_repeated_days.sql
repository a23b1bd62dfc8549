-- title: Lines of services of which the member has a part on several lines of a day or whose number is another line's, and of days within lines of several days

with

-- Lines of several days of which is certain what they cover, by these days.
days_of_spans as (

    select
        lines_with_components.*,
        service_days.service_day
    from lines_with_components
    inner join service_days on lines_with_components.claim_line_id = service_days.claim_line_id
    where service_days.is_certain

),

-- Days on which a part of a service of a member is billed twice: the physician's part on one line and the technical
-- part on another are billed once. A replacement may hold one line in several versions, whatever their modifiers.
repeated_days as (

    select
        lines_with_components.member_id,
        lines_with_components.service_date,
        lines_with_components.procedure_code
    from lines_with_components
    group by lines_with_components.member_id, lines_with_components.service_date, lines_with_components.procedure_code
    having
        count(
            case
                when lines_with_components.bills_professional_part or lines_with_components.claim_frequency = '7' then 1
            end
        ) > 1
        or count(
            case
                when lines_with_components.bills_technical_part or lines_with_components.claim_frequency = '7' then 1
            end
        ) > 1
        or max(lines_with_components.repeated_line_id) <> ''

)

-- Each line by its day of service, and each of several days also by the days that it covers.
select
    lines_with_components.*,
    lines_with_components.service_date as service_day,
    false as is_of_span
from lines_with_components
inner join repeated_days
    on
        lines_with_components.member_id = repeated_days.member_id
        and lines_with_components.service_date = repeated_days.service_date
        and lines_with_components.procedure_code = repeated_days.procedure_code

union all

select
    days_of_spans.*,
    true as is_of_span
from days_of_spans

union all

-- With them other lines of these services, of one day each.
select
    lines_with_components.*,
    lines_with_components.service_date as service_day,
    true as is_of_span
from lines_with_components
inner join (select distinct days_of_spans.member_id, days_of_spans.procedure_code from days_of_spans) as spans
    on
        lines_with_components.member_id = spans.member_id
        and lines_with_components.procedure_code = spans.procedure_code
where
    not exists (
        select 1 from service_days
        where service_days.claim_line_id = lines_with_components.claim_line_id
    )
