-- title:        IMRT is delivered on an IMRT plan of the same course
-- fault:        IMRT is delivered and no IMRT plan is shown for it
-- requirements: IMRT-1
-- cites:        77301, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, imrt_plan
-- consequence:  deny
-- remedy:       Send the claim of the IMRT plan, also where another provider billed it or where it was billed earlier, or the plan with its date; where the line is for the tumor of that plan, correct its diagnosis.
-- asks:         plan_report
-- carc:         B15

with

plan_days as (

    select
        coded_lines.course_id,
        coded_lines.service_date as planned_on,
        1 as is_dated
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'

    union all

    select
        plans.course_id,
        coalesce(plans.plan_date, plans.approved_on) as planned_on,
        case when coalesce(plans.plan_date, plans.approved_on) is null then 0 else 1 end as is_dated
    from plans
    inner join plan_techniques on plans.plan_id = plan_techniques.plan_id
    where plan_techniques.is_imrt

),

first_plans as (

    select
        plan_days.course_id,
        min(plan_days.planned_on) as planned_on,
        min(plan_days.is_dated) as all_dated
    from plan_days
    group by plan_days.course_id

),

-- A signed report of the plan shows that there was one, though not that it was billed.
reports as (

    select
        signed_documents.course_id,
        min(coalesce(signed_documents.document_date, signed_documents.oncologist_signed_on)) as reported_on
    from signed_documents
    where
        signed_documents.kind = 'plan_report'
        and signed_documents.is_signed_by_oncologist
    group by signed_documents.course_id

),

delivered_courses as (

    select distinct
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.member_id
    from imrt_delivery_lines

),

-- A long interruption may have parted the course from its plan.
plans_of_other_courses as (

    select
        delivered_courses.course_id,
        delivered_courses.member_id,
        coded_lines.service_date as planned_on
    from delivered_courses
    inner join coded_lines
        on
            delivered_courses.member_id = coded_lines.member_id
            and coded_lines.code_list = 'imrt_plan'
            and coded_lines.course_id <> delivered_courses.course_id
    inner join course_sites as site_of_delivery on delivered_courses.course_id = site_of_delivery.course_id
    inner join course_sites as site_of_plan on coded_lines.course_id = site_of_plan.course_id
    where
        site_of_delivery.site = site_of_plan.site
        or site_of_delivery.site = ''
        or site_of_plan.site = ''

),

-- Few members have a plan in another course: all that follows looks at their lines alone.
lines_beside_other_plans as (

    select
        imrt_delivery_lines.claim_line_id,
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.member_id,
        imrt_delivery_lines.service_date
    from imrt_delivery_lines
    where imrt_delivery_lines.course_id in (select plans_of_other_courses.course_id from plans_of_other_courses)

),

-- The last of them by each day of delivery: in the order of days, so that a member of many plans takes no longer.
days as (

    select distinct
        lines_beside_other_plans.course_id,
        lines_beside_other_plans.member_id,
        lines_beside_other_plans.service_date as day,
        cast(null as date) as planned_on
    from lines_beside_other_plans

    union all

    select distinct
        plans_of_other_courses.course_id,
        plans_of_other_courses.member_id,
        plans_of_other_courses.planned_on as day,
        plans_of_other_courses.planned_on
    from plans_of_other_courses

),

planned_by_day as (

    select
        days.course_id,
        days.member_id,
        days.day,
        max(days.planned_on) over (partition by days.course_id, days.member_id order by days.day) as planned_on
    from days

),

earlier_plans as (

    select distinct
        lines_beside_other_plans.claim_line_id,
        planned_by_day.planned_on
    from lines_beside_other_plans
    inner join planned_by_day
        on
            lines_beside_other_plans.course_id = planned_by_day.course_id
            and lines_beside_other_plans.member_id = planned_by_day.member_id
            and lines_beside_other_plans.service_date = planned_by_day.day
    where planned_by_day.planned_on is not null

),

-- A plan that follows a change of anatomy was not the first one.
replanned as (

    select
        first_plans.course_id,
        min(anatomy_changes.document_date) as changed_on
    from first_plans
    inner join anatomy_changes on first_plans.course_id = anatomy_changes.course_id
    where anatomy_changes.document_date <= first_plans.planned_on
    group by first_plans.course_id

),

-- Of a line billed from one day through another a part may have been delivered after the plan.
spans as (

    select
        service_days.claim_line_id,
        max(service_days.service_day) as last_day
    from service_days
    group by service_days.claim_line_id

),

-- Claims that do not reach back before the course, or of which nothing says how far they reach, say nothing of a plan
-- that was made before them.
open_beginnings as (

    select
        course_windows.course_id,
        course_windows.data_from
    from course_windows
    left join treatment_starts on course_windows.course_id = treatment_starts.course_id
    where
        course_windows.may_begin_earlier
        and not coalesce(treatment_starts.begins_at_hand, false)

)

select
    imrt_delivery_lines.claim_line_id as subject_id,
    case
        when
            first_plans.planned_on <= imrt_delivery_lines.service_date
            and lines_for_other_tumors.claim_line_id is null
            then 'met'
        when
            first_plans.planned_on > coalesce(spans.last_day, imrt_delivery_lines.service_date)
            and first_plans.all_dated = 1
            and reports.course_id is null
            and earlier_plans.claim_line_id is null
            and replanned.course_id is null
            and open_beginnings.course_id is null
            then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'IMRT delivered on ', imrt_delivery_lines.service_date,
        case
            when spans.last_day > imrt_delivery_lines.service_date then concat(' through ', spans.last_day)
            else ''
        end,
        '; ',
        case
            when first_plans.course_id is null then 'no claim and no file of an IMRT plan of the course was supplied'
            when first_plans.planned_on is null then 'the IMRT plan of the course is not dated'
            else concat('first dated IMRT plan of the course on ', first_plans.planned_on)
        end,
        case
            when lines_for_other_tumors.claim_line_id is not null
                then concat(
                    '; by the diagnoses of the claims the plan billed on ', lines_for_other_tumors.planned_on,
                    ' is for ', lines_for_other_tumors.planned_label, ' (',
                    lines_for_other_tumors.planned_icd10, ') and this line is for ',
                    lines_for_other_tumors.label, ' (', lines_for_other_tumors.icd10,
                    '), for which no IMRT plan was supplied'
                )
            when first_plans.planned_on <= imrt_delivery_lines.service_date then ''
            when reports.reported_on is not null
                then concat('; the chart holds a signed plan report of ', reports.reported_on)
            when reports.course_id is not null then '; the chart holds a signed plan report without a date'
            when earlier_plans.planned_on is not null
                then concat(
                    '; an IMRT plan of the member was billed before, on ', earlier_plans.planned_on,
                    ', and the reading course_gap_days may have parted this course from it'
                )
            when replanned.changed_on is not null
                then concat('; that plan follows a change of anatomy of ', replanned.changed_on)
            when
                first_plans.planned_on is not null
                and open_beginnings.course_id is not null
                and open_beginnings.data_from is null
                then '; nothing supplied shows when treatment began, and the course may have been planned before'
            when first_plans.planned_on is not null and open_beginnings.course_id is not null
                then concat(
                    '; the supplied claims begin on ', open_beginnings.data_from,
                    ', and the course may have been planned before'
                )
            else ''
        end
    ) as because
from imrt_delivery_lines
left join first_plans on imrt_delivery_lines.course_id = first_plans.course_id
left join reports on imrt_delivery_lines.course_id = reports.course_id
left join earlier_plans on imrt_delivery_lines.claim_line_id = earlier_plans.claim_line_id
left join open_beginnings on imrt_delivery_lines.course_id = open_beginnings.course_id
left join replanned on imrt_delivery_lines.course_id = replanned.course_id
left join spans on imrt_delivery_lines.claim_line_id = spans.claim_line_id
left join lines_for_other_tumors
    on imrt_delivery_lines.claim_line_id = lines_for_other_tumors.claim_line_id
