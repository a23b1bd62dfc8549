-- title: Claim lines of Medicare members that stand, neither void nor later replaced or voided
-- needs: claim_lines

select claim_lines.*
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
