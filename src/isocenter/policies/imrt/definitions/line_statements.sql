-- title: What documents state of each claim line: its own documents, and those about its code or its course

select distinct
    standing_lines.claim_line_id,
    documents.kind,
    document_elements.element
from documents
inner join document_elements on documents.document_id = document_elements.document_id
inner join standing_lines on documents.course_id = standing_lines.course_id
where
    documents.kind in (
        'field_change_note', 'clinical_planning_note', 'visit_note', 'simulation_record',
        'special_dosimetry_record', 'device_record', 'special_treatment_record', 'procedure_record'
    )
    and (
        documents.claim_line_id = standing_lines.claim_line_id
        or (
            documents.claim_line_id = ''
            and documents.procedure_code in ('', standing_lines.procedure_code)
        )
    )
