-- title: Other modalities of a course, shown by delivery lines or by a document

select
    delivery_lines.course_id,
    delivery_lines.modality,
    concat(delivery_lines.procedure_code, ' on ', delivery_lines.service_date) as shown_by,
    true as is_delivered
from delivery_lines
where
    delivery_lines.code_list
    in ('conventional_delivery', 'proton_delivery', 'brachytherapy_delivery', 'special_delivery')
    -- On a day of IMRT such a delivery is refused, so there it shows no modality that excuses anything else.
    or (
        delivery_lines.code_list = 'other_delivery'
        and not exists (
            select 1 from imrt_days
            where
                imrt_days.member_id = delivery_lines.member_id
                and imrt_days.service_date = delivery_lines.service_date
                and imrt_days.is_certain
        )
    )

union

select
    final_documents.course_id,
    document_elements.element as modality,
    concat('document ', final_documents.document_id) as shown_by,
    false as is_delivered
from final_documents
inner join document_elements on final_documents.document_id = document_elements.document_id
where final_documents.kind = 'other_modality'
