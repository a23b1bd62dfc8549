-- title:        A component is billed of services that have it
-- fault:        A component is billed that the service does not have
-- requirements: UTIL-4
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     none
-- consequence:  deny
-- remedy:       Bill the service without the component modifier, by whoever provided it.
-- carc:         4

-- A modifier that names the one part that the service has changes nothing.
select
    coded_lines.claim_line_id as subject_id,
    case
        when services_without_components.part = 'technical' and coded_lines.bills_technical_part then 'met'
        when services_without_components.part = 'technical' then 'not_met'
        when services_without_components.part = 'professional' and not coded_lines.is_technical_component then 'met'
        when services_without_components.part = 'professional' then 'not_met'
    end as outcome,
    concat(
        coded_lines.procedure_code, ' on ', coded_lines.service_date, ' with ',
        case
            when not coded_lines.bills_technical_part then 'modifier 26'
            when coded_lines.is_technical_component then 'modifier TC'
            else 'no component modifier'
        end,
        case
            when services_without_components.part = 'technical' then '; the service has no professional component'
            else '; the service has no technical component'
        end
    ) as because
from coded_lines
inner join services_without_components on coded_lines.code_list = services_without_components.code_list
where
    (coded_lines.is_professional_component or coded_lines.is_technical_component)
    and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)
