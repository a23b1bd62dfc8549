-- Other courses that a claim line may belong to: its claim names no tumor that was both planned and treated, and a
-- course of such a tumor runs beside the one that the line was put with. What plans may be for one that begins later.
-- Where a course holds plans for several tumors, of which one was treated at most on claims that name none, that tumor
-- may have had a course of its own ('').

with

gaps as (

    select cast(readings.number as integer) as days
    from readings
    where readings.name = 'course_gap_days'

),

courses_of_tumors as (

    select
        course_months.member_id,
        course_months.course_id,
        min(course_months.first_day) as first_day,
        max(course_months.last_day) as last_day
    from course_months
    where course_months.is_of_own_tumor = 1
    group by course_months.member_id, course_months.course_id

),

open_months as (

    select
        course_months.member_id,
        course_months.tumor,
        course_months.calendar_month,
        courses_of_tumors.course_id,
        courses_of_tumors.first_day,
        courses_of_tumors.last_day
    from course_months
    inner join courses_of_tumors
        on
            course_months.member_id = courses_of_tumors.member_id
            and course_months.course_id <> courses_of_tumors.course_id
    cross join gaps
    where
        course_months.is_of_own_tumor = 0
        and courses_of_tumors.first_day <= course_months.last_day + gaps.days
        and courses_of_tumors.last_day + gaps.days >= course_months.first_day

),

planned_tumors as (

    select
        course_months.member_id,
        course_months.course_id,
        course_months.tumor,
        max(course_months.delivers) as delivers
    from course_months
    where course_months.tumor > 0
    group by course_months.member_id, course_months.course_id, course_months.tumor
    having max(course_months.plans) = 1

),

courses_of_several as (

    select
        planned_tumors.member_id,
        planned_tumors.course_id
    from planned_tumors
    inner join course_months
        on
            planned_tumors.member_id = course_months.member_id
            and planned_tumors.course_id = course_months.course_id
            and course_months.tumor = 0
            and course_months.delivers = 1
    group by planned_tumors.member_id, planned_tumors.course_id
    having count(distinct planned_tumors.tumor) > 1 and min(planned_tumors.delivers) = 0

),

shared_months as (

    select
        course_months.member_id,
        course_months.tumor,
        course_months.calendar_month
    from course_months
    inner join courses_of_several
        on
            course_months.member_id = courses_of_several.member_id
            and course_months.course_id = courses_of_several.course_id
    left join planned_tumors
        on
            course_months.member_id = planned_tumors.member_id
            and course_months.course_id = planned_tumors.course_id
            and course_months.tumor = planned_tumors.tumor
    where course_months.tumor = 0 or planned_tumors.delivers = 0

),

open_lines as (

    select
        claim_lines.claim_line_id,
        claim_lines.member_id,
        claim_lines.service_date,
        coalesce(claim_lines.last_service_date, claim_lines.service_date) as last_service_date,
        year(claim_lines.service_date) * 12 + month(claim_lines.service_date) as calendar_month,
        coalesce(pointed_tumors.tumor, claim_tumors.tumor, 0) as tumor,
        course_codes.plans
    from claim_lines
    inner join (
        select open_months.member_id
        from open_months

        union

        select shared_months.member_id
        from shared_months
    ) as members
        on claim_lines.member_id = members.member_id
    inner join course_codes on claim_lines.procedure_code = course_codes.code
    left join claim_tumors on claim_lines.claim_id = claim_tumors.claim_id
    left join pointed_tumors on claim_lines.claim_line_id = pointed_tumors.claim_line_id
    where claim_lines.course_id = ''

)

select
    open_lines.claim_line_id,
    open_months.course_id
from open_lines
inner join open_months
    on
        open_lines.member_id = open_months.member_id
        and open_lines.tumor = open_months.tumor
        and open_lines.calendar_month = open_months.calendar_month
cross join gaps
where
    open_months.last_day + gaps.days >= open_lines.service_date
    and (
        open_months.first_day <= open_lines.last_service_date
        or (open_lines.plans = 1 and open_months.first_day <= open_lines.service_date + gaps.days)
    )

union

select
    open_lines.claim_line_id,
    '' as course_id
from open_lines
inner join shared_months
    on
        open_lines.member_id = shared_months.member_id
        and open_lines.tumor = shared_months.tumor
        and open_lines.calendar_month = shared_months.calendar_month
