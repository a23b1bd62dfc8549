-- Who billed most of each course's lines, from which day on, and what the course amounts to; in whole cents, so that
-- the order of adding up does not show.

with

counted as (

    select
        claim_lines.course_id,
        claim_lines.billing_npi,
        count(*) as lines,
        min(claim_lines.service_date) as first_service,
        sum(floor(claim_lines.charge_amount * 100 + 0.5)) as charge_cents,
        sum(floor(claim_lines.allowed_amount * 100 + 0.5)) as allowed_cents
    from claim_lines
    where claim_lines.course_id <> ''
    group by claim_lines.course_id, claim_lines.billing_npi

),

ranked as (

    select
        counted.*,
        row_number() over (
            partition by counted.course_id order by counted.lines desc, counted.billing_npi
        ) as place
    from counted

)

select
    ranked.course_id,
    max(case when ranked.place = 1 then ranked.billing_npi end) as billing_npi,
    min(ranked.first_service) as first_service,
    cast(sum(ranked.lines) as bigint) as lines,
    sum(ranked.charge_cents) / 100 as charge_amount,
    sum(ranked.allowed_cents) / 100 as allowed_amount
from ranked
group by ranked.course_id
