-- title:        The plan is the joint product of physician, medical physicist and dosimetrist
-- requirements: IMRT-10
-- cites:        77301, paragraph 1, sentence 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the computed plan with the signatures of physician, medical physicist and dosimetrist.
-- asks:         plan_report

with

signed as (

    select
        stated_elements.course_id,
        max(case when stated_elements.is_signed_by_physician then 1 else 0 end) as by_physician,
        max(case when stated_elements.is_signed_by_physicist then 1 else 0 end) as by_physicist,
        max(case when stated_elements.is_signed_by_dosimetrist then 1 else 0 end) as by_dosimetrist
    from stated_elements
    where
        stated_elements.kind = 'plan_report'
        and stated_elements.element = 'computed_plan'
    group by stated_elements.course_id

)

select
    courses_under_review.course_id as subject_id,
    case
        when signed.by_physician = 1 and signed.by_physicist = 1 and signed.by_dosimetrist = 1 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when signed.course_id is null then 'the chart holds no report of the computed plan'
        else concat(
            'the plan report is signed by the physician: ', case when signed.by_physician = 1 then 'yes' else 'no' end,
            ', the medical physicist: ', case when signed.by_physicist = 1 then 'yes' else 'no' end,
            ', the dosimetrist: ', case when signed.by_dosimetrist = 1 then 'yes' else 'no' end
        )
    end as because
from courses_under_review
left join signed on courses_under_review.course_id = signed.course_id
