-- title: Claim lines that stand, neither void nor later replaced or voided, with what their modifiers say

with

replaced_claims as (

    select
        claim_lines.original_claim_id as claim_id,
        max(case when claim_lines.claim_id <> claim_lines.original_claim_id then 1 else 0 end) as by_another_name
    from claim_lines
    where
        claim_lines.original_claim_id <> ''
        and claim_lines.claim_frequency in ('7', '8')
    group by claim_lines.original_claim_id

),

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
    left join replaced_claims on claim_lines.claim_id = replaced_claims.claim_id
    where
        claim_lines.claim_frequency <> '8'
        and (
            replaced_claims.claim_id is null
            -- A replacement may bear the name of the claim that it replaces.
            or (replaced_claims.by_another_name = 0 and claim_lines.claim_frequency = '7')
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
