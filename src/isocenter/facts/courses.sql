-- Courses of therapy from bare claim lines: every line, with the course that it belongs to ('' where none).
-- Services of one member for one tumour belong together until a silence of `course_gap_days`. What was planned and
-- delivered for a tumour is a course of its own, so that two sites treated at the same time stay apart; services
-- that name no tumour, or one that was never both planned and treated, join the course that they fall in or next to.
-- Only lines whose code a policy knows make a course (table course_codes: each code once, and whether it plans or
-- delivers, by the roles that policies state); other lines stay without one.
-- Days are compared by calendar months first, so `course_gap_days` is at least 31.

with

-- A tumour is a site of the list with its side, else the category of the diagnosis; other codes name none.
-- The narrowest range wins: the longest beginning, then the latest.
ranked_ranges as (

    select
        given_codes.icd10,
        concat(icd10_sites.site, ' ', icd10_sites.laterality) as tumour,
        row_number() over (
            partition by given_codes.icd10
            order by length(icd10_sites.icd10_from) desc, icd10_sites.icd10_from desc, icd10_sites.icd10_to
        ) as place
    from (select distinct claim_diagnoses.icd10 from claim_diagnoses) as given_codes
    inner join icd10_sites
        on
            substr(given_codes.icd10, 1, 1) = substr(icd10_sites.icd10_from, 1, 1)
            and given_codes.icd10 between icd10_sites.icd10_from and icd10_sites.icd10_to
    where icd10_sites.site not in ('', 'reirradiation')

),

tumours as (

    select
        ranked_ranges.icd10,
        ranked_ranges.tumour
    from ranked_ranges
    where ranked_ranges.place = 1

    union all

    select
        given_codes.icd10,
        substr(given_codes.icd10, 1, 3) as tumour
    from (select distinct claim_diagnoses.icd10 from claim_diagnoses) as given_codes
    where
        given_codes.icd10 between 'C00' and 'D49.9Z'
        and given_codes.icd10 not in (select ranked_ranges.icd10 from ranked_ranges)

),

numbered_tumours as (

    select
        tumours.icd10,
        dense_rank() over (order by tumours.tumour) as tumour
    from tumours

),

-- The first diagnosis of a claim that names a tumour; positions go before numbers of tumours.
claim_tumours as (

    select
        claim_diagnoses.claim_id,
        mod(min(cast(claim_diagnoses.position as bigint) * 1000000 + numbered_tumours.tumour), 1000000) as tumour
    from claim_diagnoses
    inner join numbered_tumours on claim_diagnoses.icd10 = numbered_tumours.icd10
    group by claim_diagnoses.claim_id

),

-- Of a claim that names several tumours, lines that point to diagnoses are for the first of them that names one.
claims_of_several as (

    select claim_diagnoses.claim_id
    from claim_diagnoses
    inner join numbered_tumours on claim_diagnoses.icd10 = numbered_tumours.icd10
    group by claim_diagnoses.claim_id
    having min(numbered_tumours.tumour) < max(numbered_tumours.tumour)

),

pointers as (

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        1 as rank,
        claim_lines.diagnosis_pointer_1 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_1 is not null

    union all

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        2 as rank,
        claim_lines.diagnosis_pointer_2 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_2 is not null

    union all

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        3 as rank,
        claim_lines.diagnosis_pointer_3 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_3 is not null

    union all

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        4 as rank,
        claim_lines.diagnosis_pointer_4 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_4 is not null

),

pointed_tumours as (

    select
        pointers.claim_line_id,
        mod(min(pointers.rank * 1000000 + numbered_tumours.tumour), 1000000) as tumour
    from pointers
    inner join claims_of_several on pointers.claim_id = claims_of_several.claim_id
    inner join claim_diagnoses
        on pointers.claim_id = claim_diagnoses.claim_id and pointers.position = claim_diagnoses.position
    inner join numbered_tumours on claim_diagnoses.icd10 = numbered_tumours.icd10
    group by pointers.claim_line_id

),

months as (

    select
        claim_lines.member_id,
        coalesce(pointed_tumours.tumour, claim_tumours.tumour, 0) as tumour,
        year(claim_lines.service_date) * 12 + month(claim_lines.service_date) as calendar_month,
        min(claim_lines.service_date) as first_day,
        max(claim_lines.service_date) as last_day,
        max(course_codes.delivers) as delivers,
        max(course_codes.plans) as plans
    from claim_lines
    inner join course_codes on claim_lines.procedure_code = course_codes.code
    left join claim_tumours on claim_lines.claim_id = claim_tumours.claim_id
    left join pointed_tumours on claim_lines.claim_line_id = pointed_tumours.claim_line_id
    where claim_lines.course_id = ''
    group by
        claim_lines.member_id,
        coalesce(pointed_tumours.tumour, claim_tumours.tumour, 0),
        year(claim_lines.service_date) * 12 + month(claim_lines.service_date)

),

gaps as (

    select cast(readings.number as integer) as days
    from readings
    where readings.name = 'course_gap_days'

),

marked_months as (

    select
        months.*,
        lag(months.last_day) over (
            partition by months.member_id, months.tumour order by months.calendar_month
        ) as day_before
    from months

),

phases as (

    select
        marked_months.*,
        sum(case when marked_months.first_day <= marked_months.day_before + gaps.days then 0 else 1 end) over (
            partition by marked_months.member_id, marked_months.tumour order by marked_months.calendar_month
        ) as phase
    from marked_months
    cross join gaps

),

-- What was both planned and delivered for one tumour.
main_courses as (

    select
        phases.member_id,
        phases.tumour,
        phases.phase,
        min(phases.first_day) as first_day,
        max(phases.last_day) as last_day
    from phases
    where phases.tumour > 0
    group by phases.member_id, phases.tumour, phases.phase
    having max(phases.delivers) = 1 and max(phases.plans) = 1

),

placed_months as (

    select
        phases.member_id,
        phases.tumour,
        phases.calendar_month,
        phases.first_day,
        phases.last_day,
        coalesce(own_course.tumour, next_course.tumour) as course_tumour,
        coalesce(own_course.phase, next_course.phase) as course_phase,
        row_number() over (
            partition by phases.member_id, phases.tumour, phases.calendar_month
            order by
                case
                    when next_course.first_day <= phases.last_day and next_course.last_day >= phases.first_day then 0
                    when next_course.tumour is null then 2
                    else 1
                end,
                next_course.first_day,
                next_course.tumour
        ) as place
    from phases
    cross join gaps
    left join main_courses as own_course
        on
            phases.member_id = own_course.member_id
            and phases.tumour = own_course.tumour
            and phases.phase = own_course.phase
    left join main_courses as next_course
        on
            phases.member_id = next_course.member_id
            and own_course.tumour is null
            and next_course.first_day <= phases.last_day + gaps.days
            and next_course.last_day + gaps.days >= phases.first_day

),

-- Months that no main course is near to belong together by their days alone.
lonely_months as (

    select
        placed_months.*,
        max(placed_months.last_day) over (
            partition by placed_months.member_id order by placed_months.first_day, placed_months.tumour
            rows between unbounded preceding and 1 preceding
        ) as day_before
    from placed_months
    where placed_months.place = 1 and placed_months.course_tumour is null

),

lonely_phases as (

    select
        lonely_months.*,
        sum(case when lonely_months.first_day <= lonely_months.day_before + gaps.days then 0 else 1 end) over (
            partition by lonely_months.member_id order by lonely_months.first_day, lonely_months.tumour
        ) as phase
    from lonely_months
    cross join gaps

),

month_courses as (

    select
        placed_months.member_id,
        placed_months.tumour,
        placed_months.calendar_month,
        placed_months.first_day,
        placed_months.course_tumour,
        placed_months.course_phase
    from placed_months
    where placed_months.place = 1 and placed_months.course_tumour is not null

    union all

    select
        lonely_phases.member_id,
        lonely_phases.tumour,
        lonely_phases.calendar_month,
        lonely_phases.first_day,
        0 as course_tumour,
        lonely_phases.phase as course_phase
    from lonely_phases

),

dated_courses as (

    select
        month_courses.member_id,
        month_courses.tumour,
        month_courses.calendar_month,
        month_courses.course_tumour,
        min(month_courses.first_day) over (
            partition by month_courses.member_id, month_courses.course_tumour, month_courses.course_phase
        ) as course_first_day
    from month_courses

),

numbered_courses as (

    select
        dated_courses.*,
        dense_rank() over (
            partition by dated_courses.member_id, dated_courses.course_first_day
            order by dated_courses.course_tumour
        ) as same_day_number
    from dated_courses

),

named_months as (

    select
        numbered_courses.member_id,
        numbered_courses.tumour,
        numbered_courses.calendar_month,
        concat(
            numbered_courses.member_id, ' from ', numbered_courses.course_first_day,
            case
                when numbered_courses.same_day_number = 1 then ''
                else concat(' (', numbered_courses.same_day_number, ')')
            end
        ) as course_id
    from numbered_courses

)

select
    claim_lines.*,
    coalesce(named_months.course_id, claim_lines.course_id) as course_id_found
from claim_lines
left join course_codes on claim_lines.procedure_code = course_codes.code
left join claim_tumours on claim_lines.claim_id = claim_tumours.claim_id
left join pointed_tumours on claim_lines.claim_line_id = pointed_tumours.claim_line_id
left join named_months
    on
        claim_lines.course_id = ''
        and course_codes.code is not null
        and claim_lines.member_id = named_months.member_id
        and coalesce(pointed_tumours.tumour, claim_tumours.tumour, 0) = named_months.tumour
        and year(claim_lines.service_date) * 12 + month(claim_lines.service_date) = named_months.calendar_month
