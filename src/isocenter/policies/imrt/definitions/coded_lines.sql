-- title: Claim lines with each code list that names their procedure on the date of service
-- needs: claim_lines

select
    claim_lines.*,
    codes.code_list,
    '26' in (claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4)
        as is_professional_component,
    'TC' in (claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4)
        as is_technical_component,
    (
        '59' in (claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4)
        or 'XU' in (claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4)
    ) as is_distinct_service
from claim_lines
inner join codes
    on
        claim_lines.procedure_code = codes.code
        and claim_lines.service_date between codes.valid_from and codes.valid_to
