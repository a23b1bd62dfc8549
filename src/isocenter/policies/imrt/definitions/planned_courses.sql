-- title: Courses planned as IMRT: by a plan billed, by a plan at hand, or by the technique that the record states

select coded_lines.course_id
from coded_lines
where coded_lines.code_list = 'imrt_plan'

union

select plans.course_id
from plans
where plans.is_imrt

union

select courses.course_id
from courses
where courses.delivery_technique <> ''
