-- title: Each of the five conditions for each course: who documents it, and what plan and history show of it

-- Five conditions, so five rows a course.
with

asked as (

    select
        necessity_of_courses.course_id,
        necessity_of_courses.conditions_documented,
        conditions.condition
    from necessity_of_courses
    cross join conditions

),

unsigned as (

    select distinct
        stated_elements.course_id,
        stated_elements.element
    from stated_elements
    where
        stated_elements.kind = 'necessity_statement'
        and stated_elements.physician_signed_on is null

)

select
    asked.course_id,
    asked.condition,
    case
        when documented_conditions.course_id is not null and plan_signs.verdict = 'contradicts' then 'not_met'
        when documented_conditions.course_id is not null then 'met'
        when asked.conditions_documented > 0 then 'not_applicable'
        when unsigned.course_id is not null then 'not_documented'
        when plan_signs.verdict = 'supports' then 'not_documented'
        else 'not_applicable'
    end as outcome,
    concat(
        case
            when documented_conditions.course_id is not null then documented_conditions.documented_by
            when unsigned.course_id is not null then 'an unsigned statement names it'
            else 'no statement of the treating physician names it'
        end,
        case
            when plan_signs.verdict is null then '; no measure bears on it'
            when plan_signs.verdict = 'leaves open' then concat('; the measures leave it open: ', plan_signs.shown)
            when plan_signs.verdict = 'supports' then concat('; the measures support it: ', plan_signs.shown)
            else concat('; the measures contradict it: ', plan_signs.shown)
        end
    ) as because
from asked
left join documented_conditions
    on
        asked.course_id = documented_conditions.course_id
        and asked.condition = documented_conditions.condition
left join unsigned
    on
        asked.course_id = unsigned.course_id
        and asked.condition = unsigned.element
left join plan_signs
    on
        asked.course_id = plan_signs.course_id
        and asked.condition = plan_signs.condition
