-- Courses that a policy does not apply to, as its rules of scope find.

select distinct
    findings.policy,
    findings.subject_id as course_id
from findings
inner join rules on findings.policy = rules.policy and findings.rule = rules.rule
where rules.is_scope and findings.subject_kind = 'course' and findings.outcome = 'not_applicable'
