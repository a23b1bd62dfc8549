-- title: Courses of IMRT: with an IMRT plan or an IMRT delivery billed, or with a plan that is IMRT

select coded_lines.course_id
from coded_lines
where coded_lines.code_list = 'imrt_plan'

union

select imrt_delivery_lines.course_id
from imrt_delivery_lines

union

select plans.course_id
from plans
where plans.is_imrt
