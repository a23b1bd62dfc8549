-- title: Lines of IMRT delivery on a day on which the provider bills another tumor of the member, none with a modifier that tells the sessions apart

with

courses_of_members as (

    select distinct
        imrt_delivery_lines.member_id,
        imrt_delivery_lines.course_id
    from imrt_delivery_lines
    where
        imrt_delivery_lines.bills_technical_part
        and imrt_delivery_lines.course_id <> ''

),

-- Most have one course: their lines need no look.
members_of_several_courses as (

    select courses_of_members.member_id
    from courses_of_members
    group by courses_of_members.member_id
    having count(*) > 1

),

lines as (

    select
        imrt_delivery_lines.claim_line_id,
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.member_id,
        imrt_delivery_lines.billing_npi,
        imrt_delivery_lines.service_date
    from imrt_delivery_lines
    inner join members_of_several_courses on imrt_delivery_lines.member_id = members_of_several_courses.member_id
    left join modifiers_of_sessions
        on modifiers_of_sessions.modifier in (
            imrt_delivery_lines.modifier_1, imrt_delivery_lines.modifier_2, imrt_delivery_lines.modifier_3,
            imrt_delivery_lines.modifier_4
        )
    where
        imrt_delivery_lines.bills_technical_part
        and imrt_delivery_lines.course_id <> ''
        and modifiers_of_sessions.modifier is null

),

treated_days as (

    select
        lines.*,
        lines.service_date as treated_on
    from lines
    where
        not exists (
            select 1 from service_days
            where service_days.claim_line_id = lines.claim_line_id
        )

    union all

    select
        lines.*,
        service_days.service_day as treated_on
    from lines
    inner join service_days on lines.claim_line_id = service_days.claim_line_id
    where service_days.is_certain

),

days_of_two as (

    select
        treated_days.member_id,
        treated_days.billing_npi,
        treated_days.treated_on,
        min(concat(treated_days.course_id)) as first_course
    from treated_days
    group by treated_days.member_id, treated_days.billing_npi, treated_days.treated_on
    having min(concat(treated_days.course_id)) < max(concat(treated_days.course_id))

),

sessions as (

    select
        treated_days.claim_line_id,
        treated_days.member_id,
        treated_days.billing_npi,
        treated_days.treated_on,
        concat(treated_days.course_id) = days_of_two.first_course as is_of_first_course
    from treated_days
    inner join days_of_two
        on
            treated_days.member_id = days_of_two.member_id
            and treated_days.billing_npi = days_of_two.billing_npi
            and treated_days.treated_on = days_of_two.treated_on

)

select
    sessions.claim_line_id,
    min(sessions.treated_on) as treated_on,
    min(firsts.claim_line_id) as other_line
from sessions
inner join sessions as firsts
    on
        sessions.member_id = firsts.member_id
        and sessions.billing_npi = firsts.billing_npi
        and sessions.treated_on = firsts.treated_on
where
    not sessions.is_of_first_course
    and firsts.is_of_first_course
group by sessions.claim_line_id
