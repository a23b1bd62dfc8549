-- Findings about a line or course that is not there: the one that is meant would pass as if there were none about it.
-- A case of a rule need not state its courses, and a finding about a course, plan or document says itself whose it is.

select
    findings.policy,
    findings.rule,
    findings.subject_kind,
    findings.subject_id
from findings
left join claim_lines on findings.subject_id = claim_lines.claim_line_id
where findings.subject_kind = 'claim_line' and claim_lines.claim_line_id is null

union all

select
    findings.policy,
    findings.rule,
    findings.subject_kind,
    findings.subject_id
from findings
left join courses on findings.subject_id = courses.course_id
where
    findings.subject_kind = 'course'
    and findings.subject_id <> ''
    and courses.course_id is null
    and exists (select 1 from courses)
