-- The violations planted in a part: which rule should answer for which line,
-- for the course as a whole, or for a provider.

select
    violations.policy,
    violations.rule,
    violations.subject_kind,
    concat(
        claim_name(line.number, line.is_of_course, line.biller, line.month_number), line.suffix,
        '-', line.line_number
    ) as claim_line_id,
    course_name(line.number) as true_course,
    '' as billing_npi,
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
    '' as billing_npi,
    violations.what
from course
inner join violations on course.violation = violations.kind
where violations.subject_kind = 'course'

union all

-- Who bills the technical part of the plan: the practice, or the hospital.
select
    violations.policy,
    violations.rule,
    violations.subject_kind,
    '' as claim_line_id,
    '' as true_course,
    provider_number(providers.provider, case when place_of(providers.provider) = 'hospital' then 100 else 200 end)
        as billing_npi,
    violations.what
from (select unnest(range(getvariable('providers'))) as provider) as providers
inner join violations on violations.subject_kind = 'facility'
where getvariable('first_course') = 0 and replans_by_habit(providers.provider)
order by all
