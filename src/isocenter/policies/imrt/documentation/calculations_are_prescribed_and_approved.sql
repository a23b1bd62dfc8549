-- title:        A dosimetry calculation relates monitor units to dose, is prescribed and approved by the physician
-- requirements: CALC-1
-- cites:        77300, paragraph 1, sentence 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the calculation with the treating physician's order and approval.
-- asks:         dosimetry_calculation

with

stated as (

    select
        service_statements.claim_line_id,
        max(case when service_statements.element = 'monitor_units_to_dose' then 1 else 0 end) as states_relation,
        max(case when service_statements.element = 'prescribed_by_physician' then 1 else 0 end) as states_order,
        max(case when service_statements.element = 'physician_approval' then 1 else 0 end) as states_approval,
        min(service_statements.document_id) as first_document
    from service_statements
    where service_statements.kind = 'dosimetry_calculation'
    group by service_statements.claim_line_id

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        coalesce(stated.first_document, '') as document_id,
        concat(
            case when stated.states_relation = 1 then '' else ', monitor units or time against dose' end,
            case when stated.states_order = 1 then '' else ', the order of the treating physician' end,
            case when stated.states_approval = 1 then '' else ', the verification and approval by the physician' end
        ) as missing
    from coded_lines
    left join stated on coded_lines.claim_line_id = stated.claim_line_id
    where
        coded_lines.code_list = 'basic_dosimetry'
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)

)

select
    judged.claim_line_id as subject_id,
    case when judged.missing = '' then 'met' else 'not_documented' end as outcome,
    case
        when judged.document_id = '' then 'no dosimetry calculation is in the chart'
        when judged.missing = '' then concat('dosimetry calculation ', judged.document_id, ' states all of it')
        else concat('dosimetry calculation ', judged.document_id, ' does not state ', substr(judged.missing, 3))
    end as because
from judged
