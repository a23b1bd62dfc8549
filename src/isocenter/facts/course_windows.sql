-- The days of each course beside those that the claims supplied cover. A course may have begun before its first line
-- where the claims of one of its providers do not reach back `course_gap_days` before it, and may go on likewise;
-- where nothing says how far they reach, both may be.

with

gaps as (

    select cast(readings.number as integer) as days
    from readings
    where readings.name = 'course_gap_days'

),

billed as (

    select
        claim_lines.course_id,
        claim_lines.billing_npi,
        claim_lines.setting,
        min(claim_lines.service_date) as first_service,
        max(coalesce(claim_lines.last_service_date, claim_lines.service_date)) as last_service
    from claim_lines
    where claim_lines.course_id <> ''
    group by claim_lines.course_id, claim_lines.billing_npi, claim_lines.setting

),

course_days as (

    select
        billed.course_id,
        min(billed.first_service) as first_service,
        max(billed.last_service) as last_service,
        case when count(*) = count(data_windows.first_service) then max(data_windows.first_service) end as data_from,
        case when count(*) = count(data_windows.last_service) then min(data_windows.last_service) end as data_to
    from billed
    left join data_windows
        on billed.billing_npi = data_windows.billing_npi and billed.setting = data_windows.setting
    group by billed.course_id

)

select
    course_days.course_id,
    course_days.first_service,
    course_days.last_service,
    course_days.data_from,
    course_days.data_to,
    coalesce(course_days.first_service <= course_days.data_from + gaps.days, true) as may_begin_earlier,
    coalesce(course_days.last_service + gaps.days >= course_days.data_to, true) as may_go_on
from course_days
cross join gaps
where
    not exists (
        select 1 from course_windows
        where course_windows.course_id = course_days.course_id
    )
