-- Findings that change something, each with the courses and the claim lines that it changes and how.
-- An effect is one of not_necessary, deny, review, request, reduce; claim_line_id is '' where no line is meant.

with

effects as (

    select
        findings.policy,
        findings.rule,
        findings.subject_kind,
        findings.subject_id,
        findings.units_allowed,
        rules.affects,
        case
            when findings.outcome in ('not_documented', 'not_assessed') then 'request'
            else rules.consequence
        end as effect
    from findings
    inner join rules on findings.policy = rules.policy and findings.rule = rules.rule
    where
        findings.outcome in ('not_documented', 'not_assessed')
        or (findings.outcome = 'not_met' and rules.consequence <> 'inform')

),

line_effects as (

    select
        effects.*,
        claim_lines.course_id,
        claim_lines.claim_line_id
    from effects
    inner join claim_lines on effects.subject_id = claim_lines.claim_line_id
    where effects.subject_kind = 'claim_line'

),

course_effects as (

    select
        effects.*,
        effects.subject_id as course_id
    from effects
    where effects.subject_kind = 'course'

    union all

    select
        effects.*,
        documents.course_id
    from effects
    inner join documents on effects.subject_id = documents.document_id
    where effects.subject_kind = 'document'

    union all

    select
        effects.*,
        plans.course_id
    from effects
    inner join plans on effects.subject_id = plans.plan_id
    where effects.subject_kind = 'plan'

    union all

    select
        effects.*,
        served.course_id
    from effects
    inner join (
        select distinct
            claim_lines.course_id,
            claim_lines.billing_npi
        from claim_lines
    ) as served on effects.subject_id = served.billing_npi
    where effects.subject_kind = 'facility'

)

select
    line_effects.policy,
    line_effects.rule,
    line_effects.subject_kind,
    line_effects.course_id,
    line_effects.claim_line_id,
    line_effects.effect,
    line_effects.units_allowed
from line_effects

union all

select
    course_effects.policy,
    course_effects.rule,
    course_effects.subject_kind,
    course_effects.course_id,
    coalesce(affected_lines.claim_line_id, '') as claim_line_id,
    course_effects.effect,
    course_effects.units_allowed
from course_effects
left join affected_lines
    on
        course_effects.affects = affected_lines.relation
        and course_effects.course_id = affected_lines.course_id
