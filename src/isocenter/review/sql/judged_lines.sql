-- Claim lines that there is a ground to pay, cut, refuse or hold: something follows for them from a finding, or they
-- meet a rule that is more than a check of form; and how far the rules that they meet go toward coverage.
-- A batch keeps what is met in lines_met, not among the findings.

with

-- Whether a rule was in force is worked out behind the join: as a condition of it, it would be joined on by ranges.
met_in_force as (

    select
        lines_met.claim_line_id,
        claim_lines.course_id,
        rules.coverage_ground,
        case
            when courses_out_of_scope.course_id is not null then false
            else claim_lines.service_date between rules.valid_from and rules.valid_to
        end as is_in_force
    from lines_met
    inner join claim_lines on lines_met.claim_line_id = claim_lines.claim_line_id
    inner join rules on lines_met.policy = rules.policy and lines_met.rule = rules.rule
    left join courses_out_of_scope
        on lines_met.policy = courses_out_of_scope.policy and claim_lines.course_id = courses_out_of_scope.course_id

),

judged as (

    select
        finding_effects.claim_line_id,
        finding_effects.course_id,
        0 as coverage_ground
    from finding_effects

    union all

    select
        located_findings.claim_line_id,
        located_findings.course_id,
        rules.coverage_ground
    from located_findings
    inner join rules on located_findings.policy = rules.policy and located_findings.rule = rules.rule
    where rules.is_ground and located_findings.outcome = 'met'

    union all

    select
        affected_lines.claim_line_id,
        affected_lines.course_id,
        rules.coverage_ground
    from located_findings
    inner join rules on located_findings.policy = rules.policy and located_findings.rule = rules.rule
    inner join affected_lines
        on
            located_findings.policy = affected_lines.policy
            and located_findings.course_id = affected_lines.course_id
            and rules.affects = affected_lines.relation
    where rules.is_ground and located_findings.outcome = 'met' and located_findings.subject_kind <> 'claim_line'

    union all

    select
        met_in_force.claim_line_id,
        met_in_force.course_id,
        met_in_force.coverage_ground
    from met_in_force
    where met_in_force.is_in_force

)

select
    judged.claim_line_id,
    judged.course_id,
    max(judged.coverage_ground) as coverage_ground
from judged
where judged.claim_line_id <> ''
group by judged.claim_line_id, judged.course_id
