-- title:        The same service is not billed twice on two claims
-- requirements: UTIL-1
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Void the second claim, or show that the service was given twice.

with

-- Days on which a member's service stands on two claims; lines that stand alone are nothing to look at.
doubled_services as (

    select
        standing_lines.member_id,
        standing_lines.service_date,
        standing_lines.procedure_code
    from standing_lines
    group by standing_lines.member_id, standing_lines.service_date, standing_lines.procedure_code
    having min(standing_lines.claim_id) <> max(standing_lines.claim_id)

),

first_claims as (

    select
        standing_lines.claim_line_id,
        standing_lines.claim_id,
        standing_lines.procedure_code,
        standing_lines.service_date,
        min(standing_lines.claim_id) over (
            partition by
                standing_lines.member_id, standing_lines.service_date, standing_lines.procedure_code,
                standing_lines.modifier_1, standing_lines.modifier_2,
                standing_lines.modifier_3, standing_lines.modifier_4,
                standing_lines.billing_npi, standing_lines.rendering_npi, standing_lines.setting
        ) as first_claim
    from standing_lines
    inner join doubled_services
        on
            standing_lines.member_id = doubled_services.member_id
            and standing_lines.service_date = doubled_services.service_date
            and standing_lines.procedure_code = doubled_services.procedure_code

)

select
    first_claims.claim_line_id as subject_id,
    case when first_claims.claim_id = first_claims.first_claim then 'met' else 'not_met' end as outcome,
    case
        when first_claims.claim_id = first_claims.first_claim then 'the service stands on no earlier claim'
        else concat('the service stands with the same modifiers and provider on claim ', first_claims.first_claim)
    end as because
from first_claims
