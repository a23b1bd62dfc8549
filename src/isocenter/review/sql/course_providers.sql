-- Who billed most of each course's lines, from which day on, and what the course amounts to; in whole cents, so that
-- the order of adding up does not show.

with

counted as (

    select
        claim_lines.course_id,
        claim_lines.billing_npi,
        count(*) as lines,
        min(claim_lines.service_date) as first_service,
        sum(claim_lines.charge_amount) as charge_amount,
        sum(claim_lines.allowed_amount) as allowed_amount
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
    round(sum(ranked.charge_amount), 2) as charge_amount,
    round(sum(ranked.allowed_amount), 2) as allowed_amount
from ranked
group by ranked.course_id
