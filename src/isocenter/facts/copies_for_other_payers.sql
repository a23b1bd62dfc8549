-- Claims that bill to another payer what claims of the same member, provider and setting bill to Medicare: the copies
-- by which the payers of one member share one bill. Every line of such a copy is on Medicare's claims too, but for
-- lines of codes that no rule covers, which nobody judges; a claim that was voided there bills nothing to Medicare.

with

members_of_several_payers as (

    select claim_lines.member_id
    from claim_lines
    where claim_lines.line_of_business <> ''
    group by claim_lines.member_id
    having min(claim_lines.line_of_business) < max(claim_lines.line_of_business)

),

shared_lines as (

    select claim_lines.*
    from claim_lines
    inner join members_of_several_payers on claim_lines.member_id = members_of_several_payers.member_id
    inner join covered_codes on claim_lines.procedure_code = covered_codes.code
    where claim_lines.claim_frequency <> '8'

),

voided_claims as (

    select corrections.original_key as claim_id
    from corrections
    where corrections.claim_frequency = '8' and corrections.original_key is not null

),

billed_to_medicare as (

    select
        shared_lines.member_id,
        shared_lines.billing_npi,
        shared_lines.setting,
        shared_lines.service_date,
        shared_lines.procedure_code,
        shared_lines.modifier_1,
        shared_lines.modifier_2,
        shared_lines.modifier_3,
        shared_lines.modifier_4,
        shared_lines.units,
        min(shared_lines.claim_id) as claim_id
    from shared_lines
    where
        shared_lines.line_of_business = 'medicare'
        and shared_lines.claim_id not in (select voided_claims.claim_id from voided_claims)
    group by
        shared_lines.member_id, shared_lines.billing_npi, shared_lines.setting, shared_lines.service_date,
        shared_lines.procedure_code, shared_lines.modifier_1, shared_lines.modifier_2, shared_lines.modifier_3,
        shared_lines.modifier_4, shared_lines.units

),

compared as (

    select
        shared_lines.claim_id,
        shared_lines.line_of_business,
        billed_to_medicare.claim_id as medicare_claim
    from shared_lines
    left join billed_to_medicare
        on
            shared_lines.member_id = billed_to_medicare.member_id
            and shared_lines.billing_npi = billed_to_medicare.billing_npi
            and shared_lines.setting = billed_to_medicare.setting
            and shared_lines.service_date = billed_to_medicare.service_date
            and shared_lines.procedure_code = billed_to_medicare.procedure_code
            and shared_lines.modifier_1 = billed_to_medicare.modifier_1
            and shared_lines.modifier_2 = billed_to_medicare.modifier_2
            and shared_lines.modifier_3 = billed_to_medicare.modifier_3
            and shared_lines.modifier_4 = billed_to_medicare.modifier_4
            and shared_lines.units = billed_to_medicare.units

)

select
    compared.claim_id,
    min(compared.line_of_business) as line_of_business,
    min(compared.medicare_claim) as medicare_claim
from compared
group by compared.claim_id
having
    min(compared.line_of_business) not in ('', 'medicare')
    and max(compared.line_of_business) <> 'medicare'
    and count(*) = count(compared.medicare_claim)
