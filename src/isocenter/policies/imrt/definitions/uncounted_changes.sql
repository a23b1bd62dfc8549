-- title: The first note of a change of anatomy of each course that supports no plan, and what it lacks

with

notes as (

    select
        documents.document_id,
        documents.course_id,
        documents.document_date,
        documents.state,
        max(case when document_elements.element = 'repeat_planning_ct' then 1 else 0 end) as names_ct,
        max(case when signed_documents.is_signed_by_physician then 1 else 0 end) as is_signed
    from documents
    inner join document_elements on documents.document_id = document_elements.document_id
    left join signed_documents on documents.document_id = signed_documents.document_id
    where
        documents.kind = 'anatomy_change'
        and not exists (
            select 1 from anatomy_changes
            where documents.document_id = anatomy_changes.document_id
        )
    group by documents.document_id, documents.course_id, documents.document_date, documents.state
    having max(case when document_elements.element = 'anatomy_change' then 1 else 0 end) = 1

),

lacking as (

    select
        notes.document_id,
        notes.course_id,
        notes.document_date,
        case
            when notes.state = 'draft' then 'it is a draft'
            when notes.state = 'superseded' then 'another document replaced it'
            when notes.document_date is null then 'it has no date'
            when notes.is_signed = 0 then 'it has no signature of the physician'
            when notes.document_date < delivery_spans.first_delivery then 'it is dated before the first fraction'
            when notes.document_date > delivery_spans.last_delivery then 'it is dated after the last fraction'
            when notes.names_ct = 0 then 'no repeat planning CT is documented with it'
        end as lacks
    from notes
    left join delivery_spans on notes.course_id = delivery_spans.course_id

),

placed as (

    select
        lacking.*,
        row_number() over (
            partition by lacking.course_id order by lacking.document_date, lacking.document_id
        ) as place
    from lacking
    where lacking.lacks is not null

)

select
    placed.course_id,
    placed.document_id,
    placed.document_date,
    placed.lacks
from placed
where placed.place = 1
