-- Claim lines that there is a ground to pay, cut, refuse or hold: something follows for them from a finding, or they
-- meet a rule that is more than a check of form. A batch keeps what is met in lines_met, not among the findings.

with

judged as (

    select finding_effects.claim_line_id
    from finding_effects

    union all

    select located_findings.claim_line_id
    from located_findings
    inner join rules on located_findings.policy = rules.policy and located_findings.rule = rules.rule
    where rules.is_ground and located_findings.outcome = 'met'

    union all

    select affected_lines.claim_line_id
    from located_findings
    inner join rules on located_findings.policy = rules.policy and located_findings.rule = rules.rule
    inner join affected_lines
        on
            located_findings.policy = affected_lines.policy
            and rules.affects = affected_lines.relation
            and located_findings.course_id = affected_lines.course_id
    where rules.is_ground and located_findings.outcome = 'met' and located_findings.subject_kind <> 'claim_line'

    union all

    select lines_met.claim_line_id
    from lines_met
    inner join rules on lines_met.policy = rules.policy and lines_met.rule = rules.rule
    inner join claim_lines on lines_met.claim_line_id = claim_lines.claim_line_id
    where claim_lines.service_date between rules.valid_from and rules.valid_to and not exists (
        select 1 from courses_out_of_scope
        where courses_out_of_scope.policy = lines_met.policy and courses_out_of_scope.course_id = claim_lines.course_id
    )

)

select
    claim_lines.claim_line_id,
    claim_lines.course_id
from claim_lines
where exists (select 1 from judged where judged.claim_line_id = claim_lines.claim_line_id)
