-- title:        The policy speaks of Medicare members only
-- requirements: SCOPE-1
-- cites:        title, paragraph 1
-- judges:       course
-- needs:        courses
-- consequence:  inform
-- remedy:       State the member's line of business.

select
    courses.course_id as subject_id,
    case courses.line_of_business
        when 'medicare' then 'met'
        when '' then 'not_documented'
        else 'not_applicable'
    end as outcome,
    case courses.line_of_business
        when 'medicare' then 'the member is insured by Medicare'
        when '' then 'the record does not say whether the member is insured by Medicare'
        else concat('the line of business is ', courses.line_of_business, '; the policy is for Medicare members only')
    end as because
from courses
