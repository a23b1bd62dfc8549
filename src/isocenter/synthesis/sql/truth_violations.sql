-- The violations planted in a part: which rule should answer for which line, or for the course as a whole.

select
    violations.policy,
    violations.rule,
    violations.subject_kind,
    concat(
        claim_name(line.number, line.is_of_course, line.biller, line.month_number), line.suffix,
        '-', line.line_number
    ) as claim_line_id,
    course_name(line.number) as true_course,
    violations.what
from line
inner join violations on line.planted = violations.kind
where line.is_planted

union all

select
    violations.policy,
    violations.rule,
    violations.subject_kind,
    '' as claim_line_id,
    course_name(course.number) as true_course,
    violations.what
from course
inner join violations on course.violation = violations.kind
where violations.subject_kind = 'course'
order by all
