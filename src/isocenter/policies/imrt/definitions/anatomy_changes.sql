-- title: Changes of anatomy during treatment with a repeat planning CT, each with the day by which both are documented

with

notes as (

    select
        signed_documents.document_id,
        signed_documents.course_id,
        signed_documents.document_date,
        max(case when document_elements.element = 'anatomy_change' then 1 else 0 end) as names_change,
        max(case when document_elements.element = 'repeat_planning_ct' then 1 else 0 end) as names_ct,
        max(case when signed_documents.is_signed_by_physician then 1 else 0 end) as is_signed
    from signed_documents
    inner join document_elements on signed_documents.document_id = document_elements.document_id
    where
        signed_documents.kind = 'anatomy_change'
        and signed_documents.document_date is not null
    group by signed_documents.document_id, signed_documents.course_id, signed_documents.document_date

),

-- The change must be seen during treatment, and a physician must have signed that it was.
changes as (

    select notes.*
    from notes
    inner join delivery_spans on notes.course_id = delivery_spans.course_id
    left join courses on notes.course_id = courses.course_id
    left join completed_courses on notes.course_id = completed_courses.course_id
    where
        notes.names_change = 1
        and notes.is_signed = 1
        and notes.document_date >= delivery_spans.first_delivery
        and (
            notes.document_date <= delivery_spans.last_delivery
            or notes.document_date <= courses.last_delivery
            or (courses.last_delivery is null and completed_courses.course_id is null)
        )

),

-- Where one note records the change and another the CT, the first change goes with the first CT, and so on.
changes_alone as (

    select
        changes.*,
        row_number() over (
            partition by changes.course_id order by changes.document_date, changes.document_id
        ) as place
    from changes
    where changes.names_ct = 0

),

scans_alone as (

    select
        notes.*,
        row_number() over (partition by notes.course_id order by notes.document_date, notes.document_id) as place
    from notes
    inner join delivery_spans on notes.course_id = delivery_spans.course_id
    where
        notes.names_ct = 1
        and notes.names_change = 0
        and notes.document_date >= delivery_spans.first_delivery

)

select
    changes.document_id,
    changes.course_id,
    changes.document_date as changed_on,
    changes.document_date
from changes
where changes.names_ct = 1

union all

select
    changes_alone.document_id,
    changes_alone.course_id,
    changes_alone.document_date as changed_on,
    greatest(changes_alone.document_date, scans_alone.document_date) as document_date
from changes_alone
inner join scans_alone
    on
        changes_alone.course_id = scans_alone.course_id
        and changes_alone.place = scans_alone.place
