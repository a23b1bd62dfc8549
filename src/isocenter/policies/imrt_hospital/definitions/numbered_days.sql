-- title: Days on which hospitals billed planning services, numbered so that a distance in days is a difference

with

days as (

    select distinct outpatient_lines.service_date
    from outpatient_lines
    where outpatient_lines.code_list in ('imrt_plan', 'packaged_planning')

),

-- Counted from March, so that a leap day is the last of its year.
counted_from_march as (

    select
        days.service_date,
        case when month(days.service_date) < 3 then year(days.service_date) - 1 else year(days.service_date) end
            as years,
        case when month(days.service_date) < 3 then month(days.service_date) + 9 else month(days.service_date) - 3 end
            as months,
        day(days.service_date) as day_of_month
    from days

)

select
    counted_from_march.service_date,
    cast(
        floor(counted_from_march.years * 1461 / 4)
        + floor((counted_from_march.months * 153 + 2) / 5)
        + counted_from_march.day_of_month as integer
    ) as day_number
from counted_from_march
