-- The violations planted in a part: which rule should answer for which line, or for the course as a whole.

select
    violations.policy,
    violations.rule,
    violations.subject_kind,
    line.claim_line_id,
    line.true_course,
    violations.what
from line
inner join violations on line.planted = violations.kind

union all

select
    violations.policy,
    violations.rule,
    violations.subject_kind,
    '' as claim_line_id,
    concat('course ', course.number) as true_course,
    violations.what
from course
inner join violations on course.violation = violations.kind
where violations.subject_kind = 'course'
order by all
