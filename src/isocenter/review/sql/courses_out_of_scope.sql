-- Courses that a policy does not apply to, as its rules of scope find, and whether their members, place or days are
-- not those of the policy, so that nothing in it is about them.

select
    findings.policy,
    findings.subject_id as course_id,
    max(case when rules.asks_scope then 0 else 1 end) = 1 as is_of_others
from findings
inner join rules on findings.policy = rules.policy and findings.rule = rules.rule
where rules.is_scope and findings.subject_kind = 'course' and findings.outcome = 'not_applicable'
group by findings.policy, findings.subject_id
