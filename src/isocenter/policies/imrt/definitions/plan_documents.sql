-- title: Documents of the chart with who signed each, the plan or replan that each belongs to by its claim line or its day, and the simulation before the first plan

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

days as (

    select
        signed_documents.document_id,
        signed_documents.course_id,
        coalesce(
            signed_documents.document_date, signed_documents.physician_signed_on, signed_documents.physicist_signed_on
        ) as dated_on
    from signed_documents

),

-- A document of no day is that of the only plan; where there are replans it is not known which of them it is about.
dated as (

    select
        days.document_id,
        coalesce(
            max(case when plan_phases.prepared_from <= days.dated_on then plan_phases.phase end),
            case when min(days.dated_on) is null and max(plan_phases.phase) > 1 then 0 else 1 end
        ) as phase
    from days
    inner join plan_phases on days.course_id = plan_phases.course_id
    group by days.document_id

)

select
    signed_documents.*,
    coalesce(plan_lines.phase, dated.phase, 1) as phase,
    first_simulations.simulated_on
from signed_documents
left join plan_lines on signed_documents.claim_line_id = plan_lines.claim_line_id
left join dated on signed_documents.document_id = dated.document_id
left join first_simulations
    on
        signed_documents.course_id = first_simulations.course_id
        and coalesce(plan_lines.phase, dated.phase, 1) = 1
