-- title: Claim lines of the services that the policy covers: IMRT plan, delivery, motion management

select
    coded_lines.claim_line_id,
    coded_lines.course_id
from coded_lines
where coded_lines.code_list in ('imrt_plan', 'motion_management_simulation')

union all

select
    imrt_delivery_lines.claim_line_id,
    imrt_delivery_lines.course_id
from imrt_delivery_lines
