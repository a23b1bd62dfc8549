-- The months of members' services for a tumor, each with the course of therapy that it belongs to.
-- Services of one member for one tumor belong together until a silence of `course_gap_days`. What was planned and
-- delivered for a tumor is a course of its own, so that two sites treated at the same time stay apart; services
-- that name no tumor, or one that was never both planned and treated, join the course that they fall in or next to.
-- A tumor that was planned under its name may be treated on claims that name none, where nothing else was planned or
-- the treatment of all else had ended.
-- Only lines whose code a policy knows make a course (table course_codes: each code once, and whether it plans or
-- delivers, by the roles that policies state).
-- Days are compared by calendar months first, so `course_gap_days` is at least 31.

with

months as (

    select
        claim_lines.member_id,
        coalesce(pointed_tumors.tumor, claim_tumors.tumor, 0) as tumor,
        year(claim_lines.service_date) * 12 + month(claim_lines.service_date) as calendar_month,
        min(claim_lines.service_date) as first_day,
        max(claim_lines.service_date) as last_day,
        max(course_codes.delivers) as delivers,
        max(course_codes.plans) as plans
    from claim_lines
    inner join course_codes on claim_lines.procedure_code = course_codes.code
    left join claim_tumors on claim_lines.claim_id = claim_tumors.claim_id
    left join pointed_tumors on claim_lines.claim_line_id = pointed_tumors.claim_line_id
    where claim_lines.course_id = ''
    group by
        claim_lines.member_id,
        coalesce(pointed_tumors.tumor, claim_tumors.tumor, 0),
        year(claim_lines.service_date) * 12 + month(claim_lines.service_date)

),

gaps as (

    select cast(readings.number as integer) as days
    from readings
    where readings.name = 'course_gap_days'

),

-- Treatment on claims that name no tumor, as those of an encounter for radiotherapy alone, ends a silence of each
-- tumor; what only plans may plan something new.
timed_months as (

    select
        months.*,
        1 as is_own
    from months

    union all

    select
        months.member_id,
        named.tumor,
        months.calendar_month,
        months.first_day,
        months.last_day,
        months.delivers,
        months.plans,
        0 as is_own
    from months
    inner join (
        select distinct
            months.member_id,
            months.tumor
        from months
        where months.tumor > 0
    ) as named
        on months.member_id = named.member_id
    where months.tumor = 0 and (months.delivers = 1 or months.plans = 0)

),

marked_months as (

    select
        timed_months.*,
        max(timed_months.last_day) over (
            partition by timed_months.member_id, timed_months.tumor
            order by timed_months.first_day, timed_months.last_day, timed_months.is_own
            rows between unbounded preceding and 1 preceding
        ) as day_before
    from timed_months

),

numbered_months as (

    select
        marked_months.*,
        sum(case when marked_months.first_day <= marked_months.day_before + gaps.days then 0 else 1 end) over (
            partition by marked_months.member_id, marked_months.tumor
            order by marked_months.first_day, marked_months.last_day, marked_months.is_own
            rows between unbounded preceding and current row
        ) as phase
    from marked_months
    cross join gaps

),

phases as (

    select numbered_months.*
    from numbered_months
    where numbered_months.is_own = 1

),

-- What was served for one tumor; it goes on as long as treatment that names none does.
tumor_phases as (

    select
        numbered_months.member_id,
        numbered_months.tumor,
        numbered_months.phase,
        min(case when numbered_months.is_own = 1 then numbered_months.first_day end) as first_day,
        max(case when numbered_months.is_own = 1 then numbered_months.last_day end) as last_day,
        max(numbered_months.last_day) as goes_on_to,
        max(numbered_months.is_own * numbered_months.delivers) as delivers,
        max(numbered_months.is_own * numbered_months.plans) as plans
    from numbered_months
    where numbered_months.tumor > 0
    group by numbered_months.member_id, numbered_months.tumor, numbered_months.phase
    having max(numbered_months.is_own) = 1

),

nameless_treatment as (

    select
        months.member_id,
        months.calendar_month,
        months.first_day,
        months.last_day
    from months
    where months.tumor = 0 and months.delivers = 1

),

-- What had been planned under its name when treatment that names no tumor began.
planned_before as (

    select
        nameless_treatment.member_id,
        nameless_treatment.calendar_month,
        nameless_treatment.first_day as treated_from,
        nameless_treatment.last_day as treated_to,
        tumor_phases.tumor,
        tumor_phases.phase,
        tumor_phases.first_day,
        tumor_phases.last_day,
        tumor_phases.delivers
    from nameless_treatment
    cross join gaps
    inner join tumor_phases
        on
            nameless_treatment.member_id = tumor_phases.member_id
            and tumor_phases.plans = 1
            and tumor_phases.first_day <= nameless_treatment.first_day
            and tumor_phases.goes_on_to + gaps.days >= nameless_treatment.first_day

),

-- Treatment that names no tumor is of the one that was planned and not yet treated when it began, where the treatment
-- of each other one had ended under its name: from its last day to the plan none was given that names no tumor.
months_of_one_plan as (

    select
        planned_before.member_id,
        planned_before.tumor,
        planned_before.phase,
        planned_before.calendar_month,
        min(planned_before.treated_to) as last_day
    from planned_before
    left join planned_before as others
        on
            planned_before.member_id = others.member_id
            and planned_before.calendar_month = others.calendar_month
            and (planned_before.tumor <> others.tumor or planned_before.phase <> others.phase)
    left join nameless_treatment as between_them
        on
            others.member_id = between_them.member_id
            and between_them.last_day > others.last_day
            and between_them.first_day < planned_before.first_day
    where planned_before.delivers = 0
    group by
        planned_before.member_id, planned_before.tumor, planned_before.phase, planned_before.calendar_month
    having
        max(
            case
                when others.tumor is null then 0
                when others.delivers = 1 and others.last_day < planned_before.treated_from
                    and between_them.member_id is null then 0
                else 1
            end
        ) = 0

),

treated_under_no_name as (

    select
        months_of_one_plan.member_id,
        months_of_one_plan.tumor,
        months_of_one_plan.phase,
        max(months_of_one_plan.last_day) as last_day
    from months_of_one_plan
    group by months_of_one_plan.member_id, months_of_one_plan.tumor, months_of_one_plan.phase

),

-- What was both planned and delivered for one tumor.
main_courses as (

    select
        tumor_phases.member_id,
        tumor_phases.tumor,
        tumor_phases.phase,
        tumor_phases.first_day,
        case
            when treated_under_no_name.last_day > tumor_phases.last_day then treated_under_no_name.last_day
            else tumor_phases.last_day
        end as last_day,
        tumor_phases.goes_on_to
    from tumor_phases
    left join treated_under_no_name
        on
            tumor_phases.member_id = treated_under_no_name.member_id
            and tumor_phases.tumor = treated_under_no_name.tumor
            and tumor_phases.phase = treated_under_no_name.phase
    where
        tumor_phases.plans = 1
        and (tumor_phases.delivers = 1 or treated_under_no_name.tumor is not null)

),

placed_months as (

    select
        phases.member_id,
        phases.tumor,
        phases.calendar_month,
        phases.first_day,
        phases.last_day,
        phases.delivers,
        phases.plans,
        case when own_course.tumor is null then 0 else 1 end as is_of_own_tumor,
        coalesce(own_course.tumor, next_course.tumor) as course_tumor,
        coalesce(own_course.phase, next_course.phase) as course_phase,
        row_number() over (
            partition by phases.member_id, phases.tumor, phases.calendar_month
            order by
                case
                    when next_course.first_day <= phases.last_day and next_course.last_day >= phases.first_day then 0
                    when next_course.tumor is null then 2
                    else 1
                end,
                next_course.first_day,
                next_course.tumor
        ) as place
    from phases
    cross join gaps
    left join main_courses as own_course
        on
            phases.member_id = own_course.member_id
            and phases.tumor = own_course.tumor
            and phases.phase = own_course.phase
    left join main_courses as next_course
        on
            phases.member_id = next_course.member_id
            and own_course.tumor is null
            and next_course.first_day <= phases.last_day + gaps.days
            and next_course.goes_on_to + gaps.days >= phases.first_day

),

-- Months that no main course is near to belong together by their days alone.
lonely_months as (

    select
        placed_months.*,
        max(placed_months.last_day) over (
            partition by placed_months.member_id order by placed_months.first_day, placed_months.tumor
            rows between unbounded preceding and 1 preceding
        ) as day_before
    from placed_months
    where placed_months.place = 1 and placed_months.course_tumor is null

),

lonely_phases as (

    select
        lonely_months.*,
        sum(case when lonely_months.first_day <= lonely_months.day_before + gaps.days then 0 else 1 end) over (
            partition by lonely_months.member_id order by lonely_months.first_day, lonely_months.tumor
        ) as phase
    from lonely_months
    cross join gaps

),

month_courses as (

    select
        placed_months.member_id,
        placed_months.tumor,
        placed_months.calendar_month,
        placed_months.first_day,
        placed_months.last_day,
        placed_months.delivers,
        placed_months.plans,
        placed_months.is_of_own_tumor,
        placed_months.course_tumor,
        placed_months.course_phase
    from placed_months
    where placed_months.place = 1 and placed_months.course_tumor is not null

    union all

    select
        lonely_phases.member_id,
        lonely_phases.tumor,
        lonely_phases.calendar_month,
        lonely_phases.first_day,
        lonely_phases.last_day,
        lonely_phases.delivers,
        lonely_phases.plans,
        0 as is_of_own_tumor,
        0 as course_tumor,
        lonely_phases.phase as course_phase
    from lonely_phases

),

dated_courses as (

    select
        month_courses.member_id,
        month_courses.tumor,
        month_courses.calendar_month,
        month_courses.first_day,
        month_courses.last_day,
        month_courses.delivers,
        month_courses.plans,
        month_courses.is_of_own_tumor,
        month_courses.course_tumor,
        min(month_courses.first_day) over (
            partition by month_courses.member_id, month_courses.course_tumor, month_courses.course_phase
        ) as course_first_day
    from month_courses

),

numbered_courses as (

    select
        dated_courses.*,
        dense_rank() over (
            partition by dated_courses.member_id, dated_courses.course_first_day
            order by dated_courses.course_tumor
        ) as same_day_number
    from dated_courses

)

select
    numbered_courses.member_id,
    numbered_courses.tumor,
    numbered_courses.calendar_month,
    numbered_courses.first_day,
    numbered_courses.last_day,
    numbered_courses.delivers,
    numbered_courses.plans,
    numbered_courses.is_of_own_tumor,
    concat(
        numbered_courses.member_id, ' from ', numbered_courses.course_first_day,
        case
            when numbered_courses.same_day_number = 1 then ''
            else concat(' (', numbered_courses.same_day_number, ')')
        end
    ) as course_id
from numbered_courses
