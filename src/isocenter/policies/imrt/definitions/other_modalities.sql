-- title: Other modalities of a course, shown by delivery lines or by a document

select
    coded_lines.course_id,
    case
        when coded_lines.code_list = 'brachytherapy_delivery' then 'brachytherapy'
        when coded_lines.code_list = 'special_delivery' then 'special'
        else 'external_beam'
    end as modality,
    concat(coded_lines.procedure_code, ' on ', coded_lines.service_date) as shown_by
from coded_lines
where
    coded_lines.code_list in ('conventional_delivery', 'brachytherapy_delivery', 'special_delivery')
    -- On a day of IMRT such a delivery is refused, so there it shows no modality that excuses anything else.
    or (
        coded_lines.code_list = 'other_delivery'
        and not exists (
            select 1 from imrt_days
            where
                imrt_days.member_id = coded_lines.member_id
                and imrt_days.service_date = coded_lines.service_date
        )
    )

union

select
    documents.course_id,
    document_elements.element as modality,
    concat('document ', documents.document_id) as shown_by
from documents
inner join document_elements on documents.document_id = document_elements.document_id
where documents.kind = 'other_modality'
