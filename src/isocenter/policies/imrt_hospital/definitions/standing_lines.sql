-- title: Claim lines of Medicare members that stand, neither void nor later replaced or voided, with their kind of bill
-- needs: claim_lines

select
    claim_lines.*,
    -- Some writers put a zero before the three digits of the type of bill.
    case
        when length(claim_lines.bill_type) = 4 then substr(claim_lines.bill_type, 2, 2)
        else substr(claim_lines.bill_type, 1, 2)
    end as bill_type_begins
from claim_lines
where
    claim_lines.line_of_business in ('medicare', '')
    and claim_lines.claim_frequency <> '8'
    and not exists (
        select 1 from claim_lines as later
        where
            later.original_claim_id = claim_lines.claim_id
            and later.original_claim_id <> ''
            and later.claim_frequency in ('7', '8')
            -- A replacement may bear the name of the claim that it replaces.
            and (later.claim_id <> claim_lines.claim_id or claim_lines.claim_frequency <> '7')
    )
