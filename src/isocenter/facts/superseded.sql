-- Claim lines that do not stand: those of claims that a later claim voids or replaces, and voids themselves.

with

endings as (

    select
        corrections.original_key,
        min(concat(
            case when corrections.claim_frequency = '8' then 'voided' else 'replaced' end,
            ' by claim ', corrections.claim_id
        )) as ended
    from corrections
    where corrections.original_key is not null
    group by corrections.original_key

),

voids as (

    select
        corrections.claim_id,
        min(corrections.original_number) as original_number
    from corrections
    where corrections.claim_frequency = '8'
    group by corrections.claim_id

)

select
    claim_lines.claim_line_id,
    case
        when voids.claim_id is not null then concat('the claim voids claim ', voids.original_number)
        else concat('the claim was ', endings.ended)
    end as reason
from claim_lines
left join voids on claim_lines.claim_id = voids.claim_id
left join endings on claim_lines.claim_id = endings.original_key
where voids.claim_id is not null or endings.original_key is not null
