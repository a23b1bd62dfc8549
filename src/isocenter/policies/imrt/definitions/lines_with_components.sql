-- title: Claim lines with what their modifiers say; voided and replaced claims were taken out before

with

marked as (

    select
        claim_lines.*,
        '26' in (claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4)
            as is_professional_component,
        'TC' in (claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4)
            as is_technical_component,
        (
            '59' in (claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4)
            or 'XU' in (
                claim_lines.modifier_1, claim_lines.modifier_2, claim_lines.modifier_3, claim_lines.modifier_4
            )
        ) as is_distinct_service
    from claim_lines

)

select
    marked.*,
    -- Without a modifier a physician's claim bills both parts, a hospital's the technical part alone.
    case
        when marked.is_professional_component and not marked.is_technical_component then true
        when marked.is_technical_component and not marked.is_professional_component then false
        else marked.setting <> 'institutional'
    end as bills_professional_part,
    not (marked.is_professional_component and not marked.is_technical_component) as bills_technical_part
from marked
