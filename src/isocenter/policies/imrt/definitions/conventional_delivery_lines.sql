-- title: Claim lines that deliver conventionally, by codes that the policy does not list

select delivery_lines.*
from delivery_lines
where
    (delivery_lines.code_list = 'conventional_delivery' and delivery_lines.is_in_force)
    or (
        delivery_lines.code_list = 'imrt_delivery_if_planned'
        and not exists (
            select 1 from imrt_delivery_lines
            where
                imrt_delivery_lines.claim_line_id = delivery_lines.claim_line_id
                and imrt_delivery_lines.code_list = 'imrt_delivery_if_planned'
        )
    )
