-- title: Courses planned as IMRT: by a plan billed, by a plan supplied, or by the technique that the record states

select coded_lines.course_id
from coded_lines
where coded_lines.code_list = 'imrt_plan'

union

select plan_techniques.course_id
from plan_techniques
where plan_techniques.is_imrt

union

select courses.course_id
from courses
where courses.delivery_technique <> ''
