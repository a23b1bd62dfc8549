-- The days that lines billed from one day through another cover. Its days are certain where the units share out evenly
-- over the days from Monday to Friday, or over all days; else it may have been served on any of them.

with

tens as (

    select given.number
    from (values (0), (10), (20), (30), (40), (50), (60)) as given (number)

),

ones as (

    select given.number
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as given (number)

),

spans as (

    select
        claim_lines.claim_line_id,
        claim_lines.service_date,
        claim_lines.last_service_date,
        claim_lines.units
    from claim_lines
    where
        claim_lines.last_service_date > claim_lines.service_date
        and claim_lines.last_service_date < claim_lines.service_date + 70

),

days as (

    select
        spans.claim_line_id,
        spans.units,
        spans.service_date + (tens.number + ones.number) as service_day
    from spans
    cross join tens
    cross join ones
    where spans.service_date + (tens.number + ones.number) <= spans.last_service_date

),

marked as (

    select
        days.*,
        case when days.service_day < cast(date_trunc('week', days.service_day) as date) + 5 then 1 else 0 end
            as is_weekday
    from days

),

counted as (

    select
        marked.claim_line_id,
        count(*) as all_days,
        sum(marked.is_weekday) as weekdays
    from marked
    group by marked.claim_line_id

),

served_lines as (

    select
        counted.claim_line_id,
        case
            when counted.weekdays > 0 and mod(marked_units.units, counted.weekdays) = 0 then 'weekdays'
            when mod(marked_units.units, counted.all_days) = 0 then 'all'
            when counted.weekdays >= marked_units.units then 'some weekdays'
            else 'some days'
        end as served
    from counted
    inner join (select distinct marked.claim_line_id, marked.units from marked) as marked_units
        on counted.claim_line_id = marked_units.claim_line_id

)

select
    marked.claim_line_id,
    marked.service_day,
    served_lines.served in ('weekdays', 'all') as is_certain
from marked
inner join served_lines on marked.claim_line_id = served_lines.claim_line_id
where
    (marked.is_weekday = 1 or served_lines.served in ('all', 'some days'))
    and not exists (
        select 1 from service_days
        where service_days.claim_line_id = marked.claim_line_id
    )
