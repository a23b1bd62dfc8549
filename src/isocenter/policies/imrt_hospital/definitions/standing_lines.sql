-- title: Claim lines of Medicare members that stand, neither void nor later replaced or voided, with their kind of bill

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

)

select
    claim_lines.*,
    -- Some writers put a zero before the three digits of the type of bill.
    case
        when length(claim_lines.bill_type) = 4 then substr(claim_lines.bill_type, 2, 2)
        else substr(claim_lines.bill_type, 1, 2)
    end as bill_type_begins
from claim_lines
left join replaced_claims on claim_lines.claim_id = replaced_claims.claim_id
where
    claim_lines.line_of_business in ('medicare', '')
    and claim_lines.claim_frequency <> '8'
    and (
        replaced_claims.claim_id is null
        -- A replacement may bear the name of the claim that it replaces.
        or (replaced_claims.by_another_name = 0 and claim_lines.claim_frequency = '7')
    )
