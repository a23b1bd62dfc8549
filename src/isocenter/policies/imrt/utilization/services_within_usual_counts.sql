-- title:        A service that a course usually has once is billed once
-- fault:        A service that a course usually has once is billed again
-- requirements: UTIL-1
-- cites:        utilization, paragraph 1, sentence 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     itself, complex_clinical_planning, motion_management_simulation, special_physics
-- consequence:  review
-- remedy:       Show why the service was needed again.

with

judged as (

    select
        counted_lines.claim_line_id,
        counted_lines.procedure_code,
        counted_lines.service_date,
        counted_lines.units_so_far,
        counted_lines.changes_by_then,
        cast(usual_counts.units_per_course as integer) as usual,
        usual_counts.source,
        counted_lines.is_apart,
        counted_lines.units_so_far
        <= cast(usual_counts.units_per_course as integer) + counted_lines.changes_by_then as is_usual
    from counted_lines
    inner join usual_counts on counted_lines.code_list = usual_counts.code_list
    where counted_lines.course_id in (select imrt_courses.course_id from imrt_courses)

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.is_apart or judged.is_usual then 'met'
        when not judged.is_usual then 'not_met'
    end as outcome,
    case
        when judged.is_apart
            then concat(
                'the record of ', judged.procedure_code, ' on ', judged.service_date,
                ' says that it concerns another modality'
            )
        else concat(
            judged.units_so_far, case when judged.units_so_far = 1 then ' unit of ' else ' units of ' end,
            judged.procedure_code, ' in the course up to ', judged.service_date, '; usual: ', judged.usual, ' (',
            judged.source, '); changes of anatomy documented by then: ', judged.changes_by_then
        )
    end as because
from judged
