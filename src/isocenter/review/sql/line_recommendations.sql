-- Claim lines with what their findings add up to: the worst leads, and the least units allowed count.
-- A line that no rule judged is neither paid nor refused, and none is paid while it is open whether a policy applies to
-- its course.

with

ranked as (

    select
        finding_effects.claim_line_id,
        max(case finding_effects.effect
            when 'not_necessary' then 5
            when 'deny' then 5
            when 'review' then 4
            when 'request' then 3
            when 'reduce' then 2
            else 1
        end) as worst,
        min(case when finding_effects.effect = 'reduce' then finding_effects.units_allowed end) as units_allowed
    from finding_effects
    where finding_effects.claim_line_id <> ''
    group by finding_effects.claim_line_id

),

open_courses as (

    select distinct finding_effects.course_id
    from finding_effects
    inner join rules on finding_effects.policy = rules.policy and finding_effects.rule = rules.rule
    where rules.is_scope and not rules.asks_scope and finding_effects.effect = 'request'

)

select
    claim_lines.*,
    case
        when ranked.worst is null and judged_lines.claim_line_id is null then 'not_judged'
        when ranked.worst = 5 then 'deny'
        when ranked.worst = 4 then 'review'
        when ranked.worst = 3 or open_courses.course_id is not null then 'request'
        when ranked.worst = 2 and coalesce(ranked.units_allowed, claim_lines.units) < 1 then 'deny'
        when ranked.worst = 2 then 'reduce'
        else 'pay'
    end as recommendation,
    case
        when ranked.worst is null and judged_lines.claim_line_id is null then null
        when ranked.worst = 5 then 0
        else least(claim_lines.units, coalesce(ranked.units_allowed, claim_lines.units))
    end as units_allowed
from claim_lines
left join ranked on claim_lines.claim_line_id = ranked.claim_line_id
left join judged_lines on claim_lines.claim_line_id = judged_lines.claim_line_id
left join open_courses on claim_lines.course_id = open_courses.course_id
