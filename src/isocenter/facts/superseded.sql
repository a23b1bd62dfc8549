-- Claim lines that do not stand: those of claims that a later claim voids or replaces, and voids themselves.

with

later_claims as (

    select distinct
        claim_lines.claim_id,
        claim_lines.original_claim_id,
        claim_lines.claim_frequency
    from claim_lines
    where claim_lines.claim_frequency in ('7', '8')

),

ended_claims as (

    select
        later_claims.original_claim_id,
        max(case when later_claims.claim_id = later_claims.original_claim_id then 1 else 0 end) as bears_same_name,
        max(case when later_claims.claim_id <> later_claims.original_claim_id then 1 else 0 end) as bears_own_name,
        min(concat(
            case when later_claims.claim_frequency = '8' then 'voided' else 'replaced' end,
            ' by claim ', later_claims.claim_id
        )) as ended
    from later_claims
    where later_claims.original_claim_id <> ''
    group by later_claims.original_claim_id

)

select
    claim_lines.claim_line_id,
    case
        when claim_lines.claim_frequency = '8' then concat('the claim voids claim ', claim_lines.original_claim_id)
        else concat('the claim was ', ended_claims.ended)
    end as reason
from claim_lines
left join ended_claims
    on
        claim_lines.claim_id = ended_claims.original_claim_id
        -- A replacement may bear the name of the claim that it replaces.
        and (
            ended_claims.bears_own_name = 1
            or claim_lines.claim_frequency <> '7'
        )
where claim_lines.claim_frequency = '8' or ended_claims.original_claim_id is not null
