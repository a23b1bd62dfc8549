-- title: Days on which a later plan of a course was made for a cone-down or a changed field size, and whether a note names its line

with

notes as (

    select distinct
        final_documents.document_id,
        final_documents.course_id,
        final_documents.document_date,
        final_documents.procedure_code,
        final_documents.claim_line_id
    from final_documents
    inner join document_elements on final_documents.document_id = document_elements.document_id
    where
        final_documents.kind = 'field_change_note'
        and document_elements.element in ('cone_down', 'changed_field_size')

),

-- A note that names its line is about that plan; another is about the first plan on or after its day, else the last.
-- One without a day is about the only plan that it can be.
ranked as (

    select
        notes.document_id,
        plan_parts.course_id,
        plan_parts.code_list,
        plan_parts.service_date,
        notes.claim_line_id <> '' as names_its_line,
        notes.document_date is not null
        or (
            min(plan_parts.service_date) over (partition by notes.document_id)
            = max(plan_parts.service_date) over (partition by notes.document_id)
            and min(plan_parts.code_list) over (partition by notes.document_id)
            = max(plan_parts.code_list) over (partition by notes.document_id)
        ) as is_clear,
        row_number() over (
            partition by notes.document_id
            order by
                case when plan_parts.service_date >= notes.document_date then 0 else 1 end,
                case when plan_parts.service_date >= notes.document_date then plan_parts.service_date end,
                plan_parts.service_date desc,
                plan_parts.code_list
        ) as place
    from notes
    inner join plan_parts
        on
            notes.course_id = plan_parts.course_id
            and (
                notes.claim_line_id = plan_parts.claim_line_id
                or (notes.claim_line_id = '' and notes.procedure_code in ('', plan_parts.procedure_code))
            )
            and plan_parts.units_needing > 0

)

select
    ranked.course_id,
    ranked.code_list,
    ranked.service_date,
    max(case when ranked.names_its_line then 1 else 0 end) = 1 as names_its_line
from ranked
where ranked.names_its_line or (ranked.place = 1 and ranked.is_clear)
group by ranked.course_id, ranked.code_list, ranked.service_date
