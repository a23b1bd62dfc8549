-- title: Claim lines that stand, neither void nor later replaced or voided, with what their modifiers say
-- needs: claim_lines

with

standing as (

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
    where
        claim_lines.claim_frequency <> '8'
        and not exists (
            select 1 from claim_lines as later
            where
                later.original_claim_id = claim_lines.claim_id
                and later.original_claim_id <> ''
                and later.claim_frequency in ('7', '8')
                -- A replacement may bear the name of the claim that it replaces.
                and (later.claim_id <> claim_lines.claim_id or claim_lines.claim_frequency <> '7')
        )

)

select
    standing.*,
    -- Without a modifier a physician's claim bills both parts, a hospital's the technical part alone.
    case
        when standing.is_professional_component and not standing.is_technical_component then true
        when standing.is_technical_component and not standing.is_professional_component then false
        else standing.setting <> 'institutional'
    end as bills_professional_part,
    not (standing.is_professional_component and not standing.is_technical_component) as bills_technical_part
from standing
