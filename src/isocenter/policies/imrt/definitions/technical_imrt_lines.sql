-- title: Claim lines that bill the technical part of IMRT: who bills it owns the system, a group that bills the physician's part alone owns none

select
    imrt_service_lines.claim_line_id,
    imrt_service_lines.course_id
from imrt_service_lines
inner join lines_with_components on imrt_service_lines.claim_line_id = lines_with_components.claim_line_id
where lines_with_components.bills_technical_part
