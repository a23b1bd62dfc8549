-- title: Claim lines that deliver IMRT: by their code until 2025, from 2026 by code and plan

with

planned_courses as (

    select coded_lines.course_id
    from coded_lines
    where coded_lines.code_list = 'imrt_plan'

    union

    select plans.course_id
    from plans
    where plans.is_imrt

)

select coded_lines.*
from coded_lines
where
    coded_lines.code_list = 'imrt_delivery'
    or (
        coded_lines.code_list = 'imrt_delivery_if_planned'
        and coded_lines.course_id in (select planned_courses.course_id from planned_courses)
    )
