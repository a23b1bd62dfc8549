-- Every claim line with the course of therapy that it belongs to ('' where none): that of its month and its tumor.
-- Lines whose code no policy knows stay without one.

select
    claim_lines.*,
    coalesce(course_months.course_id, claim_lines.course_id) as course_id_found
from claim_lines
left join course_codes on claim_lines.procedure_code = course_codes.code
left join claim_tumors on claim_lines.claim_id = claim_tumors.claim_id
left join pointed_tumors on claim_lines.claim_line_id = pointed_tumors.claim_line_id
left join course_months
    on
        claim_lines.course_id = ''
        and course_codes.code is not null
        and claim_lines.member_id = course_months.member_id
        and coalesce(pointed_tumors.tumor, claim_tumors.tumor, 0) = course_months.tumor
        and year(claim_lines.service_date) * 12 + month(claim_lines.service_date) = course_months.calendar_month
