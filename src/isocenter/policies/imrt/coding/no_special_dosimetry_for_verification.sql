-- title:        Dosimetry that verifies the plan is part of the IMRT plan
-- fault:        Special dosimetry is billed and no purpose apart from verifying the plan is shown
-- requirements: SPEC-1
-- cites:        77331, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself
-- consequence:  deny
-- remedy:       Send the record that says what the dosimetry was for, apart from the verification of the plan.
-- asks:         special_dosimetry_record
-- carc:         97
-- rarc:         M15

with

statements as (

    select
        line_statements.claim_line_id,
        max(case when line_statements.element = 'plan_verification' then 1 else 0 end) as verifies,
        max(case when line_statements.element in ('apart_from_verification', 'other_modality') then 1 else 0 end)
            as is_apart
    from line_statements
    where line_statements.kind = 'special_dosimetry_record'
    group by line_statements.claim_line_id

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        treatment_starts.first_delivery,
        coalesce(statements.verifies, 0) = 1 as verifies,
        coalesce(statements.is_apart, 0) = 1 as is_apart
    from coded_lines
    left join statements on coded_lines.claim_line_id = statements.claim_line_id
    left join treatment_starts on coded_lines.course_id = treatment_starts.course_id
    where
        coded_lines.code_list = 'special_dosimetry'
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.is_apart and not judged.verifies then 'met'
        when judged.verifies and not judged.is_apart then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'special dosimetry on ', judged.service_date,
        case
            when judged.first_delivery is null then ', no delivery is shown'
            else concat(', first delivery on ', judged.first_delivery)
        end,
        case
            when judged.is_apart and judged.verifies
                then '; its record names the verification of the plan and another purpose, and not which of them is billed'
            when judged.is_apart then '; its record names a purpose apart from the verification of the plan'
            when judged.verifies then '; its record says that it verified the plan'
            else '; no record says what it was for'
        end
    ) as because
from judged
