-- title:        The plan is the member's, and fits the order of the course
-- fault:        The plan does not match the member or the course
-- requirements: SYS-1, NEC-1
-- cites:        indications, paragraph 1
-- judges:       course
-- needs:        plan_differences
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the plan of this member and this course, or state in `accepted_differences` of the case why the difference is right.

select
    plan_differences.course_id as subject_id,
    case
        when plan_differences.is_accepted then 'met'
        when plan_differences.is_comparable then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        case
            when plan_differences.label = '' then 'the plan' else concat('the plan labeled ', plan_differences.label)
        end,
        case
            when plan_differences.item in ('origin', 'approval', 'patient_of_part', 'dose', 'structures', 'portals')
                then concat(
                    ' does not fit in its ', replace(plan_differences.item, 'patient_of_part', 'parts'), ': ',
                    plan_differences.of_plan, ', not ', plan_differences.of_case, '; '
                )
            else concat(
                case when plan_differences.is_comparable then ' differs from' else ' cannot be compared with' end,
                ' the case in ', replace(plan_differences.item, '_', ' '), ': ', plan_differences.of_plan,
                ' in the plan, ', plan_differences.of_case, ' in the case; '
            )
        end,
        case
            when plan_differences.is_accepted then concat('the difference is accepted: ', plan_differences.reason)
            when plan_differences.is_comparable then 'the plan is not used as evidence'
            else 'correct the case'
        end
    ) as because
from plan_differences
inner join courses_under_review on plan_differences.course_id = courses_under_review.course_id
