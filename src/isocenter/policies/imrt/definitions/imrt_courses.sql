-- title: Courses of IMRT: planned as IMRT, or with an IMRT delivery billed

select planned_courses.course_id
from planned_courses

union

select imrt_delivery_lines.course_id
from imrt_delivery_lines
