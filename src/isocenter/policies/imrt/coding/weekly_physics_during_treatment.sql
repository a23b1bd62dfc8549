-- title:        Weekly physics belongs to the time of treatment, not to the making of the plan
-- requirements: PHYS-1
-- cites:        77336, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Correct the date, or send the treatment records.
-- carc:         97

select
    coded_lines.claim_line_id as subject_id,
    case
        when treatment_starts.first_delivery is null then 'not_documented'
        when coded_lines.service_date < treatment_starts.first_delivery then 'not_met'
        else 'met'
    end as outcome,
    concat(
        'weekly physics on ', coded_lines.service_date, '; ',
        case
            when treatment_starts.first_delivery is null then 'no delivery is shown'
            else concat('first delivery on ', treatment_starts.first_delivery)
        end
    ) as because
from coded_lines
left join treatment_starts on coded_lines.course_id = treatment_starts.course_id
where
    coded_lines.code_list = 'continuing_physics'
    and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)
