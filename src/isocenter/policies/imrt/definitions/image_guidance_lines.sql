-- title: Claim lines of image guidance in courses of IMRT

select distinct
    coded_lines.claim_line_id,
    coded_lines.course_id,
    coded_lines.service_date
from coded_lines
where
    coded_lines.code_list = 'image_guidance'
    and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)
