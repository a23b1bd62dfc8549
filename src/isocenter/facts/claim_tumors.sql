-- The tumor of each claim whose diagnoses name one: by the first of them that does.

select
    tumors.claim_id,
    -- Positions go before numbers of tumors.
    mod(min(cast(tumors.position as bigint) * 1000000 + tumors.tumor), 1000000) as tumor
from tumors
group by tumors.claim_id
