-- title:        Clinical treatment planning itemises the services that it claims
-- requirements: PLAN-1
-- cites:        77263, paragraph 1, sentence 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the planning note that itemises tests, localisation, volumes, time and dosage, modality, devices and other procedures such as chemotherapy or surgery.
-- asks:         clinical_planning_note

-- Other procedures, such as chemotherapy, are itemised where there were any; their absence lacks nothing.
with

stated as (

    select
        service_statements.claim_line_id,
        max(case when service_statements.element = 'test_interpretation' then 1 else 0 end) as states_tests,
        max(case when service_statements.element = 'tumor_localization' then 1 else 0 end) as states_localization,
        max(case when service_statements.element = 'volume_determination' then 1 else 0 end) as states_volumes,
        max(case when service_statements.element = 'time_dose_determination' then 1 else 0 end) as states_time_dose,
        max(case when service_statements.element = 'modality_choice' then 1 else 0 end) as states_modality,
        max(case when service_statements.element = 'device_selection' then 1 else 0 end) as states_devices,
        min(service_statements.document_id) as first_document
    from service_statements
    where service_statements.kind = 'clinical_planning_note'
    group by service_statements.claim_line_id

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        coalesce(stated.first_document, '') as document_id,
        concat(
            case when stated.states_tests = 1 then '' else ', the tests interpreted' end,
            case when stated.states_localization = 1 then '' else ', the localisation of the tumour' end,
            case when stated.states_volumes = 1 then '' else ', the treatment volumes' end,
            case when stated.states_time_dose = 1 then '' else ', time and dosage' end,
            case when stated.states_modality = 1 then '' else ', the choice of modality' end,
            case when stated.states_devices = 1 then '' else ', the devices' end
        ) as missing
    from coded_lines
    left join stated on coded_lines.claim_line_id = stated.claim_line_id
    where
        coded_lines.code_list = 'complex_clinical_planning'
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)

)

select
    judged.claim_line_id as subject_id,
    case when judged.missing = '' then 'met' else 'not_documented' end as outcome,
    case
        when judged.document_id = '' then 'no clinical planning note is in the chart'
        when judged.missing = '' then concat('clinical planning note ', judged.document_id, ' states all of it')
        else concat('clinical planning note ', judged.document_id, ' does not state ', substr(judged.missing, 3))
    end as because
from judged
