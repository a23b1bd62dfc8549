-- Claim lines that do not count: those of claims that a later claim voids or replaces, of voids themselves, and of
-- copies for another payer.

select
    claim_lines.claim_line_id,
    superseded_claims.reason,
    superseded_claims.kind
from claim_lines
inner join superseded_claims on claim_lines.claim_id = superseded_claims.claim_id
