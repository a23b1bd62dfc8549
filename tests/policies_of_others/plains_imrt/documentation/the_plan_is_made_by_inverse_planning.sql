-- title:        The plan is made by inverse planning
-- requirements: PLAINS-1
-- cites:        planning, paragraph 1, sentence 1
-- judges:       course
-- needs:        courses, documents, document_elements
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the plan report that says the plan was made by inverse planning.
-- asks:         plan_report

with

said as (

    select distinct documents.course_id
    from documents
    inner join document_elements on documents.document_id = document_elements.document_id
    where documents.kind = 'plan_report' and document_elements.element = 'inverse_planning'

)

select
    courses.course_id as subject_id,
    case when said.course_id is not null then 'met' else 'not_documented' end as outcome,
    case
        when said.course_id is not null then 'the plan report says so'
        else 'no plan report says how the plan was made'
    end as because
from courses
inner join imrt_courses on courses.course_id = imrt_courses.course_id
left join said on courses.course_id = said.course_id
