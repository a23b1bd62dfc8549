-- title: Documents of the chart with who signed each, and the plan or replan that each belongs to by its claim line or its day

with

plan_lines as (

    select
        coded_lines.claim_line_id,
        max(plan_phases.phase) as phase
    from coded_lines
    inner join plan_phases
        on
            coded_lines.course_id = plan_phases.course_id
            and coded_lines.service_date >= plan_phases.planned_on
    where coded_lines.code_list = 'imrt_plan'
    group by coded_lines.claim_line_id

),

dated as (

    select
        signed_documents.document_id,
        max(plan_phases.phase) as phase
    from signed_documents
    inner join plan_phases
        on
            signed_documents.course_id = plan_phases.course_id
            and plan_phases.prepared_from <= signed_documents.document_date
    group by signed_documents.document_id

)

select
    signed_documents.*,
    coalesce(plan_lines.phase, dated.phase, 1) as phase
from signed_documents
left join plan_lines on signed_documents.claim_line_id = plan_lines.claim_line_id
left join dated on signed_documents.document_id = dated.document_id
