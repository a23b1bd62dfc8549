-- title:        The simulation record shows position and immobilization, target verification and the physician's work
-- requirements: SIM-2
-- cites:        77290, paragraph 1, sentence 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the simulation record of that day: position and immobilization device, target verification, the physician's work.
-- asks:         simulation_record

with

stated as (

    select
        service_statements.claim_line_id,
        max(case when service_statements.element = 'patient_positioning' then 1 else 0 end) as states_position,
        max(case when service_statements.element = 'immobilization_device' then 1 else 0 end) as states_device,
        max(case when service_statements.element = 'target_verification' then 1 else 0 end) as states_verification,
        max(case when service_statements.element = 'physician_work' then 1 else 0 end) as states_work,
        min(service_statements.document_id) as first_document
    from service_statements
    where
        service_statements.kind = 'simulation_record'
        and (
            service_statements.document_date is null
            or service_statements.document_date = service_statements.service_date
        )
    group by service_statements.claim_line_id

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        coalesce(stated.first_document, '') as document_id,
        concat(
            case when stated.states_position = 1 then '' else ', the position of the patient' end,
            case when stated.states_device = 1 then '' else ', the immobilization device' end,
            case when stated.states_verification = 1 then '' else ', the verification of the target' end,
            case when stated.states_work = 1 then '' else ', the work of the physician' end
        ) as missing
    from coded_lines
    left join stated on coded_lines.claim_line_id = stated.claim_line_id
    where
        coded_lines.code_list = 'complex_simulation'
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)

)

select
    judged.claim_line_id as subject_id,
    case when judged.missing = '' then 'met' else 'not_documented' end as outcome,
    case
        when judged.document_id = '' then 'no simulation record of that day is in the chart'
        when judged.missing = '' then concat('simulation record ', judged.document_id, ' states all of it')
        else concat('simulation record ', judged.document_id, ' does not state ', substr(judged.missing, 3))
    end as because
from judged
