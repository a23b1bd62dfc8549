-- title:        Treatment devices are part of the IMRT plan unless they are separate or serve another modality
-- fault:        A treatment device is billed that the IMRT plan includes
-- requirements: DEV-1, DEV-3
-- cites:        77332-77334, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Bill a separate device as a distinct service with its record, or show the other modality it serves.
-- carc:         97

-- A line marked as a distinct service is judged by its record, a physician's line by the gantry stops of the plan.

with

shown as (

    select
        other_modalities.course_id,
        min(other_modalities.shown_by) as shown_by
    from other_modalities
    group by other_modalities.course_id

),

for_another_modality as (

    select distinct line_statements.claim_line_id
    from line_statements
    where line_statements.kind = 'device_record' and line_statements.element = 'other_modality'

)

select
    coded_lines.claim_line_id as subject_id,
    case
        when for_another_modality.claim_line_id is not null or shown.course_id is not null then 'met'
        else 'not_met'
    end as outcome,
    concat(
        'treatment device on ', coded_lines.service_date, ' in a course of IMRT, neither a distinct service nor ',
        'the physician''s part alone; another modality: ',
        case
            when for_another_modality.claim_line_id is not null then 'named by the record of the device'
            else coalesce(shown.shown_by, 'none shown')
        end
    ) as because
from coded_lines
left join shown on coded_lines.course_id = shown.course_id
left join for_another_modality on coded_lines.claim_line_id = for_another_modality.claim_line_id
where
    coded_lines.code_list = 'treatment_device'
    and not coded_lines.is_distinct_service
    and not coded_lines.is_professional_component
    and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)
