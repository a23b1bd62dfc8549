-- title:        Clinical planning comes before the IMRT plan of its course
-- fault:        Clinical planning is billed after the IMRT plan
-- requirements: PLAN-2
-- cites:        77263, heading
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, imrt_plan
-- consequence:  deny
-- remedy:       Correct the date, or send the signed and dated note of the change of anatomy that made new planning necessary.
-- asks:         anatomy_change
-- carc:         97
-- rarc:         M15

with

plan_days as (

    select
        coded_lines.course_id,
        min(coded_lines.service_date) as first_plan,
        max(coded_lines.service_date) as last_plan
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'
    group by coded_lines.course_id

),

-- The change that a replan follows is documented by the day of that plan.
judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        plan_days.first_plan,
        plan_days.last_plan,
        min(later_plans.service_date) as next_plan,
        min(anatomy_changes.document_date) as first_change,
        -- The plan that it leads to may have been made after the last day of the claims.
        min(
            case when course_windows.may_go_on and completed_courses.course_id is null then course_windows.data_to end
        ) as open_from
    from coded_lines
    inner join plan_days on coded_lines.course_id = plan_days.course_id
    left join coded_lines as later_plans
        on
            coded_lines.course_id = later_plans.course_id
            and later_plans.code_list = 'imrt_plan'
            and later_plans.service_date >= coded_lines.service_date
    left join anatomy_changes on coded_lines.course_id = anatomy_changes.course_id
    left join course_windows on coded_lines.course_id = course_windows.course_id
    left join completed_courses on coded_lines.course_id = completed_courses.course_id
    where coded_lines.code_list = 'complex_clinical_planning'
    group by coded_lines.claim_line_id, coded_lines.service_date, plan_days.first_plan, plan_days.last_plan

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.service_date <= judged.first_plan then 'met'
        when judged.first_change <= judged.next_plan then 'met'
        when judged.next_plan is null and judged.open_from is not null then 'not_documented'
        when judged.service_date > judged.last_plan and judged.first_change is null then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'clinical planning on ', judged.service_date, '; IMRT plan on ', judged.first_plan,
        case
            when judged.last_plan > judged.first_plan then concat(', the last one on ', judged.last_plan)
            else ''
        end,
        case
            when judged.service_date <= judged.first_plan then ''
            when judged.first_change is not null
                then concat('; a change of anatomy is documented by ', judged.first_change)
            when judged.next_plan is null and judged.open_from is not null
                then concat('; the supplied claims end on ', judged.open_from, ', and a plan may follow')
            else '; no change of anatomy during treatment is documented'
        end
    ) as because
from judged
