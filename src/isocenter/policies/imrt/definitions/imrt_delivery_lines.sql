-- title: Claim lines that deliver IMRT: by their code, or by a code of 2026 in a course planned as IMRT

select delivery_lines.*
from delivery_lines
where
    delivery_lines.code_list = 'imrt_delivery'
    or (
        delivery_lines.code_list = 'imrt_delivery_if_planned'
        and delivery_lines.course_id in (select planned_courses.course_id from planned_courses)
    )
