-- title: Claim lines that deliver conventionally, by codes that the policy does not list

select coded_lines.*
from coded_lines
where
    coded_lines.code_list = 'conventional_delivery'
    or (
        coded_lines.code_list = 'imrt_delivery_if_planned'
        and not exists (
            select 1 from imrt_delivery_lines
            where imrt_delivery_lines.claim_line_id = coded_lines.claim_line_id
        )
    )
