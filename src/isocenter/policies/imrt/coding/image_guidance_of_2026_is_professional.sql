-- title:        From 2026 image guidance is billed for the physician's part alone
-- fault:        Image guidance of 2026 is billed with its technical part
-- requirements: UTIL-4
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     none
-- consequence:  deny
-- remedy:       Bill the physician's part with modifier 26; the technical part is paid with the delivery.
-- carc:         4

select
    coded_lines.claim_line_id as subject_id,
    case
        when coded_lines.bills_technical_part then 'not_met'
        when coded_lines.bills_professional_part then 'met'
    end as outcome,
    concat(
        'image guidance on ', coded_lines.service_date, ' billed ',
        case
            when not coded_lines.bills_technical_part then 'for the physician''s part'
            when coded_lines.bills_professional_part then 'whole, with the technical part that the delivery includes'
            else 'for the technical part, which the delivery includes'
        end
    ) as because
from coded_lines
where
    coded_lines.code_list = 'professional_guidance'
    and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)
