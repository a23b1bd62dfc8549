-- title: The first simulation of each course up to its first plan, as billed or recorded: what shows the planning CT comes after it

with

simulation_days as (

    select
        coded_lines.course_id,
        coded_lines.service_date as simulated_on
    from coded_lines
    where coded_lines.code_list = 'complex_simulation'

    union

    select
        final_documents.course_id,
        final_documents.document_date as simulated_on
    from final_documents
    where
        final_documents.kind = 'simulation_record'
        and final_documents.document_date is not null

)

select
    plan_phases.course_id,
    min(simulation_days.simulated_on) as simulated_on
from plan_phases
inner join simulation_days
    on
        plan_phases.course_id = simulation_days.course_id
        and simulation_days.simulated_on <= plan_phases.planned_on
where plan_phases.phase = 1
group by plan_phases.course_id
