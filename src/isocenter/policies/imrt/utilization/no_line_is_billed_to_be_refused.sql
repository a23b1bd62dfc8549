-- title:        No line is billed as one that its provider expects Medicare to refuse
-- fault:        The provider says that Medicare does not cover the line
-- requirements: UTIL-1
-- cites:        utilization, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     none
-- consequence:  review
-- remedy:       Bill the line without the modifier and send what shows its need, or accept the denial.

with

lines_with_modifiers as (

    select claim_lines.*
    from claim_lines
    where
        claim_lines.modifier_1 <> ''
        and claim_lines.course_id in (select courses_under_review.course_id from courses_under_review)

),

stated as (

    select
        lines_with_modifiers.claim_line_id,
        min(modifiers_of_refusals.modifier) as modifier
    from lines_with_modifiers
    inner join modifiers_of_refusals
        on modifiers_of_refusals.modifier in (
            lines_with_modifiers.modifier_1, lines_with_modifiers.modifier_2, lines_with_modifiers.modifier_3,
            lines_with_modifiers.modifier_4
        )
    group by lines_with_modifiers.claim_line_id

)

select
    lines_with_modifiers.claim_line_id as subject_id,
    case
        when stated.modifier is not null then 'not_met'
        when lines_with_modifiers.modifier_1 <> '' then 'met'
    end as outcome,
    case
        when stated.modifier is not null
            then concat(
                lines_with_modifiers.procedure_code, ' on ', lines_with_modifiers.service_date, ' with modifier ',
                stated.modifier, ': ', modifiers_of_refusals.says
            )
        else concat(
            lines_with_modifiers.procedure_code, ' on ', lines_with_modifiers.service_date,
            ': no modifier says that it is expected to be refused'
        )
    end as because
from lines_with_modifiers
left join stated on lines_with_modifiers.claim_line_id = stated.claim_line_id
left join modifiers_of_refusals on stated.modifier = modifiers_of_refusals.modifier
