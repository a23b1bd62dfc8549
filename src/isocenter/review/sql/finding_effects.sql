-- Findings that change something, each with the courses and the claim lines that it changes and how.
-- An effect is one of not_necessary, deny, review, request, reduce; claim_line_id is '' where no line is meant.

with

effects as (

    select
        located_findings.*,
        rules.affects,
        case
            when located_findings.outcome in ('not_documented', 'not_assessed') then 'request'
            else rules.consequence
        end as effect
    from located_findings
    inner join rules on located_findings.policy = rules.policy and located_findings.rule = rules.rule
    where
        located_findings.outcome in ('not_documented', 'not_assessed')
        or (located_findings.outcome = 'not_met' and rules.consequence <> 'inform')

)

select
    effects.policy,
    effects.rule,
    effects.subject_kind,
    effects.subject_id,
    effects.course_id,
    effects.claim_line_id,
    effects.effect,
    effects.units_allowed
from effects
where effects.subject_kind = 'claim_line'

union all

select
    effects.policy,
    effects.rule,
    effects.subject_kind,
    effects.subject_id,
    effects.course_id,
    coalesce(affected_lines.claim_line_id, '') as claim_line_id,
    effects.effect,
    effects.units_allowed
from effects
left join affected_lines
    on
        effects.policy = affected_lines.policy
        and effects.affects = affected_lines.relation
        and effects.course_id = affected_lines.course_id
where effects.subject_kind <> 'claim_line'
