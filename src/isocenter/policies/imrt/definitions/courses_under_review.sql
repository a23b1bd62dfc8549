-- title: Courses under review as IMRT: by a service billed, by a plan or the record, or as asked for before any claim

select imrt_service_lines.course_id
from imrt_service_lines
where imrt_service_lines.course_id <> ''

union

select plan_techniques.course_id
from plan_techniques
where plan_techniques.is_imrt

union

select courses.course_id
from courses
where courses.delivery_technique <> ''

union

select courses.course_id
from courses
where not exists (
    select 1 from claim_lines
    where claim_lines.course_id = courses.course_id
)
