-- title:        The same service is not billed twice on two claims
-- fault:        The same service is billed on two claims
-- requirements: UTIL-1
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Void the second claim, or show that the service was given twice.

with

-- Days on which a service of a member is billed twice; a line that is billed once needs no look.
repeated_services as (

    select
        standing_lines.member_id,
        standing_lines.service_date,
        standing_lines.procedure_code
    from standing_lines
    group by standing_lines.member_id, standing_lines.service_date, standing_lines.procedure_code
    having count(*) > 1

),

repeated_lines as (

    select standing_lines.*
    from standing_lines
    inner join repeated_services
        on
            standing_lines.member_id = repeated_services.member_id
            and standing_lines.service_date = repeated_services.service_date
            and standing_lines.procedure_code = repeated_services.procedure_code

),

first_claims as (

    select
        repeated_lines.claim_line_id,
        repeated_lines.claim_id,
        repeated_lines.procedure_code,
        repeated_lines.service_date,
        min(repeated_lines.claim_id) over (
            partition by
                repeated_lines.member_id, repeated_lines.service_date, repeated_lines.procedure_code,
                repeated_lines.modifier_1, repeated_lines.modifier_2,
                repeated_lines.modifier_3, repeated_lines.modifier_4,
                repeated_lines.billing_npi, repeated_lines.rendering_npi, repeated_lines.setting
        ) as first_claim
    from repeated_lines

)

select
    first_claims.claim_line_id as subject_id,
    case
        when first_claims.claim_id > first_claims.first_claim then 'not_met'
        when first_claims.claim_id = first_claims.first_claim then 'met'
    end as outcome,
    case
        when first_claims.claim_id = first_claims.first_claim then 'the service is on no earlier claim'
        else concat('the service is billed with the same modifiers and provider on claim ', first_claims.first_claim)
    end as because
from first_claims
