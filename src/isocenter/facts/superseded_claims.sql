-- Claims that do not count, each with the reason: those that a later claim voids or replaces, voids themselves, and
-- copies for another payer.

with

endings as (

    select
        corrections.original_key,
        min(concat(
            case when corrections.claim_frequency = '8' then 'voided' else 'replaced' end,
            ' by claim ', corrections.claim_id,
            case
                when corrections.is_by_reading = 1
                    then ', which was read after it; they do not say which was written later'
                else ''
            end
        )) as ended,
        min(case when corrections.claim_frequency = '8' then 'voided' else 'replaced' end) as ended_kind
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

),

corrected as (

    select
        voids.claim_id,
        concat('the claim voids claim ', voids.original_number) as reason,
        'the claim voids another claim' as kind
    from voids

    union all

    select
        endings.original_key as claim_id,
        concat('the claim was ', endings.ended) as reason,
        concat('the claim was ', endings.ended_kind, ' by another claim') as kind
    from endings
    where endings.original_key not in (select voids.claim_id from voids)

)

select
    corrected.claim_id,
    corrected.reason,
    corrected.kind
from corrected

union all

select
    copies.claim_id,
    concat(
        'the claim bills to another payer (', copies.line_of_business, ') what claim ', copies.medicare_claim,
        ' bills to Medicare'
    ) as reason,
    'the claim bills to another payer what another claim bills to Medicare' as kind
from copies_for_other_payers as copies
where copies.claim_id not in (select corrected.claim_id from corrected)
