-- title: Courses under review as IMRT: by a service billed, by a plan, or as asked for before any claim
-- uses:  courses, claim_lines, plans

select imrt_service_lines.course_id
from imrt_service_lines
where imrt_service_lines.course_id <> ''

union

select plans.course_id
from plans
where plans.is_imrt

union

select courses.course_id
from courses
where courses.course_id not in (select claim_lines.course_id from claim_lines)
