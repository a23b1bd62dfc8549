-- What the findings about each course add up to. A line that is settled without a question (denied or reduced)
-- leaves the coverage of the course as it is; an open question about a line keeps the course open.

with

ranked as (

    select
        finding_effects.course_id,
        max(case
            when finding_effects.effect = 'not_necessary' then 4
            when finding_effects.effect = 'deny' and finding_effects.subject_kind <> 'claim_line' then 4
            when finding_effects.effect = 'review' then 3
            when finding_effects.effect = 'request' then 2
            else 1
        end) as worst
    from finding_effects
    group by finding_effects.course_id

)

select
    courses.course_id,
    case coalesce(ranked.worst, 1)
        when 4 then 'do_not_cover'
        when 3 then 'human_review'
        when 2 then 'request_documentation'
        else 'cover'
    end as recommendation
from courses
left join ranked on courses.course_id = ranked.course_id
