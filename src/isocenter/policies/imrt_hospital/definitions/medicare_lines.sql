-- title: Claim lines of Medicare members with their kind of bill; voided and replaced claims were taken out before

select
    claim_lines.*,
    -- Some writers put a zero before the three digits of the type of bill.
    case
        when length(claim_lines.bill_type) = 4 then substr(claim_lines.bill_type, 2, 2)
        else substr(claim_lines.bill_type, 1, 2)
    end as bill_type_begins
from claim_lines
where claim_lines.line_of_business in ('medicare', '')
