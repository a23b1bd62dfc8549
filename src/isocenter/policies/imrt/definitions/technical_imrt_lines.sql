-- title: Claim lines that bill the technical part of IMRT: who bills it owns the system, a group that bills the physician's part alone owns none

select
    imrt_service_lines.claim_line_id,
    imrt_service_lines.course_id
from imrt_service_lines
inner join standing_lines on imrt_service_lines.claim_line_id = standing_lines.claim_line_id
where standing_lines.bills_technical_part
