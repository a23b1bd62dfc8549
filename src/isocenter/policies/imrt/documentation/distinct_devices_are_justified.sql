-- title:        A device billed as distinct is separate from the plan's own, medically necessary and justified, or serves another modality
-- fault:        A device billed as distinct is not justified by its record
-- requirements: DEV-2
-- cites:        77332-77334, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the record that shows the device to be distinct from the plan's own, medically necessary and why, or the other modality that it serves.
-- asks:         device_record

with

stated as (

    select
        service_statements.claim_line_id,
        max(case when service_statements.element = 'separate_and_distinct' then 1 else 0 end) as is_distinct_device,
        max(case when service_statements.element = 'medical_necessity' then 1 else 0 end) as is_necessary,
        max(case when service_statements.element = 'rationale' then 1 else 0 end) as has_rationale,
        max(case when service_statements.element = 'other_modality' then 1 else 0 end) as serves_other_modality,
        min(service_statements.document_id) as first_document
    from service_statements
    where service_statements.kind = 'device_record'
    group by service_statements.claim_line_id

)

select
    coded_lines.claim_line_id as subject_id,
    case
        when stated.is_necessary + stated.has_rationale < 2 then 'not_documented'
        when documented_units.units_documented < coded_lines.units then 'not_documented'
        when stated.is_distinct_device = 1 or stated.serves_other_modality = 1 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when stated.claim_line_id is null then 'no device record is in the chart'
        else concat(
            'record ', stated.first_document, ' states that it is ',
            case
                when stated.serves_other_modality = 1 then 'for another modality'
                when stated.is_distinct_device = 1 then 'separate from the device of the plan'
                else 'neither separate from the device of the plan nor for another modality'
            end,
            '; medical necessity: ', case when stated.is_necessary = 1 then 'stated' else 'not stated' end,
            ', rationale: ', case when stated.has_rationale = 1 then 'stated' else 'not stated' end,
            '; devices billed: ', coded_lines.units, ', covered by a record: ', documented_units.units_documented
        )
    end as because
from coded_lines
left join stated on coded_lines.claim_line_id = stated.claim_line_id
left join documented_units
    on
        coded_lines.claim_line_id = documented_units.claim_line_id
        and documented_units.purpose = 'device'
where
    coded_lines.code_list = 'treatment_device'
    and coded_lines.is_distinct_service
    and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)
