-- Findings as a screening keeps them: with their course, provider and month, and the amounts at stake.
-- At stake is what the lines concerned were billed for and allowed; of a line that is reduced, the share refused.
-- Whole cents of each line are added, so that the order of adding changes nothing.

with

stakes as (

    select
        finding_effects.policy,
        finding_effects.rule,
        finding_effects.subject_id,
        finding_effects.course_id,
        sum(floor(
            claim_lines.charge_amount
            * case
                when finding_effects.effect = 'reduce'
                    then (claim_lines.units - coalesce(finding_effects.units_allowed, 0)) / claim_lines.units
                else 1
            end
            * 100 + 0.5
        )) as charge_cents,
        sum(floor(
            claim_lines.allowed_amount
            * case
                when finding_effects.effect = 'reduce'
                    then (claim_lines.units - coalesce(finding_effects.units_allowed, 0)) / claim_lines.units
                else 1
            end
            * 100 + 0.5
        )) as allowed_cents
    from finding_effects
    inner join claim_lines on finding_effects.claim_line_id = claim_lines.claim_line_id
    group by
        finding_effects.policy, finding_effects.rule, finding_effects.subject_id, finding_effects.course_id

),

-- Findings about something else than a course or a line name no course of their own.
owned as (

    select distinct
        located_findings.policy,
        located_findings.rule,
        located_findings.subject_kind,
        located_findings.subject_id,
        located_findings.course_id,
        located_findings.claim_line_id,
        located_findings.outcome,
        located_findings.because,
        located_findings.evidence,
        located_findings.units_allowed
    from located_findings
    where located_findings.outcome <> 'met'

)

select
    owned.policy,
    owned.rule,
    owned.subject_kind,
    owned.subject_id,
    owned.course_id,
    owned.outcome,
    rules.consequence,
    owned.because,
    owned.evidence,
    owned.units_allowed,
    coalesce(claim_lines.billing_npi, course_providers.billing_npi, '') as billing_npi,
    cast(
        date_trunc('month', coalesce(claim_lines.service_date, course_providers.first_service)) as date
    ) as service_month,
    stakes.charge_cents / 100 as charge_amount,
    stakes.allowed_cents / 100 as allowed_amount
from owned
inner join rules on owned.policy = rules.policy and owned.rule = rules.rule
left join claim_lines on owned.claim_line_id = claim_lines.claim_line_id
left join course_providers on owned.course_id = course_providers.course_id
left join stakes
    on
        owned.policy = stakes.policy
        and owned.rule = stakes.rule
        and owned.subject_id = stakes.subject_id
        and owned.course_id = stakes.course_id
