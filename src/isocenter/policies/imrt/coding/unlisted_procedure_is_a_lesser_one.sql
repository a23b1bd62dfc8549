-- title:        The unlisted procedure reports a lesser special procedure, not a regular variant of IMRT
-- fault:        An unlisted procedure is billed and no record states what it was
-- requirements: PROC-2
-- cites:        77470, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself
-- consequence:  deny
-- remedy:       Send the record that says what the procedure was, bill a special treatment under 77470, or withdraw the line.
-- asks:         special_treatment_record
-- carc:         97
-- rarc:         M15

with

statements as (

    select
        line_statements.claim_line_id,
        max(case when line_statements.element = 'lesser_procedure' then 1 else 0 end) as names_lesser,
        max(case when line_statements.element = 'regular_variant' then 1 else 0 end) as names_variant,
        max(case when line_statements.element not in ('lesser_procedure', 'regular_variant') then 1 else 0 end)
            as names_therapy
    from line_statements
    where line_statements.kind = 'special_treatment_record'
    group by line_statements.claim_line_id

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        coalesce(statements.names_lesser, 0) = 1 as names_lesser,
        coalesce(statements.names_variant, 0) = 1 as names_variant,
        coalesce(statements.names_therapy, 0) = 1 as names_therapy
    from coded_lines
    left join statements on coded_lines.claim_line_id = statements.claim_line_id
    where
        coded_lines.code_list = 'unlisted_clinical_planning'
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.names_lesser then 'met'
        when judged.names_variant then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'unlisted procedure on ', judged.service_date, ' in a course of IMRT; ',
        case
            when judged.names_lesser then 'its record names a lesser special procedure'
            when judged.names_variant then 'its record names a regular variant of IMRT'
            when judged.names_therapy then 'the record names a special treatment that 77470 reports'
            else 'no record says what it was'
        end
    ) as because
from judged
