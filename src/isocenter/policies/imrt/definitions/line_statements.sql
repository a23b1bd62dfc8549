-- title: What documents state of each claim line: its own documents, and those about its code or its course

select distinct
    lines_with_components.claim_line_id,
    final_documents.kind,
    document_elements.element
from final_documents
inner join document_elements on final_documents.document_id = document_elements.document_id
inner join lines_with_components on final_documents.course_id = lines_with_components.course_id
where
    final_documents.kind in (
        'field_change_note', 'clinical_planning_note', 'visit_note', 'simulation_record',
        'special_dosimetry_record', 'device_record', 'special_treatment_record', 'procedure_record'
    )
    and (
        final_documents.claim_line_id = lines_with_components.claim_line_id
        or (
            final_documents.claim_line_id = ''
            and final_documents.procedure_code in ('', lines_with_components.procedure_code)
        )
    )
