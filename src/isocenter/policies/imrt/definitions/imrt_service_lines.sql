-- title: Claim lines of the services that the policy covers: IMRT plan, delivery, motion management
-- needs: claim_lines
-- uses:  plans

select
    coded_lines.claim_line_id,
    coded_lines.course_id
from coded_lines
where coded_lines.code_list = 'imrt_service'

union all

-- The codes that deliver IMRT only where it was planned; the others stand in the list of services.
select
    imrt_delivery_lines.claim_line_id,
    imrt_delivery_lines.course_id
from imrt_delivery_lines
where imrt_delivery_lines.code_list = 'imrt_delivery_if_planned'
