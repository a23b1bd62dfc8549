-- title:        A special treatment procedure in a course of IMRT is a separate special therapy
-- fault:        A special treatment procedure is billed and no separate special therapy is shown
-- requirements: PROC-1, PROC-2
-- cites:        77470, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, special_delivery
-- consequence:  deny
-- remedy:       Send the record of the separate special therapy, or withdraw the procedure.
-- asks:         special_treatment_record
-- carc:         97
-- rarc:         M15

with

statements as (

    select
        line_statements.claim_line_id,
        max(case
            when
                line_statements.element in (
                    'total_body', 'hemibody', 'per_oral', 'endocavitary', 'intraoperative_cone'
                )
                then 1
            else 0
        end) as names_therapy,
        max(case when line_statements.element in ('lesser_procedure', 'regular_variant') then 1 else 0 end)
            as names_lesser
    from line_statements
    where line_statements.kind = 'special_treatment_record'
    group by line_statements.claim_line_id

),

shown as (

    select
        other_modalities.course_id,
        min(other_modalities.shown_by) as shown_by
    from other_modalities
    where other_modalities.modality = 'special'
    group by other_modalities.course_id

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        coalesce(shown.shown_by, '') as shown_by,
        coalesce(statements.names_therapy, 0) = 1 as names_therapy,
        coalesce(statements.names_lesser, 0) = 1 as names_lesser
    from coded_lines
    left join statements on coded_lines.claim_line_id = statements.claim_line_id
    left join shown on coded_lines.course_id = shown.course_id
    where
        coded_lines.code_list = 'special_treatment'
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.names_therapy or judged.shown_by <> '' then 'met'
        when judged.names_lesser then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'special treatment procedure on ', judged.service_date, ' in a course of IMRT; ',
        case
            when judged.names_therapy then 'its record names a separate special therapy'
            when judged.shown_by <> '' then concat('special therapy delivered: ', judged.shown_by)
            when judged.names_lesser then 'its record names a lesser procedure or a regular variant of IMRT'
            else 'no record names a separate special therapy'
        end
    ) as because
from judged
