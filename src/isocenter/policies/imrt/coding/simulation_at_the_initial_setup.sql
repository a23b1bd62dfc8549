-- title:        Complex simulation belongs to the initial set-up; a later one needs its reason
-- requirements: SIM-1
-- cites:        77290, paragraph 1, sentence 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Send the record that says why the simulation was repeated.
-- asks:         simulation_record

with

first_simulations as (

    select
        coded_lines.course_id,
        min(coded_lines.service_date) as simulated_on
    from coded_lines
    where coded_lines.code_list = 'complex_simulation'
    group by coded_lines.course_id

),

reasons as (

    select distinct line_statements.claim_line_id
    from line_statements
    where line_statements.kind = 'simulation_record' and line_statements.element = 'resimulation_reason'

),

replanned as (

    select distinct anatomy_changes.course_id
    from anatomy_changes

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        first_simulations.simulated_on,
        delivery_spans.first_delivery,
        coded_lines.service_date = first_simulations.simulated_on
        and (delivery_spans.first_delivery is null or coded_lines.service_date <= delivery_spans.first_delivery)
            as is_initial,
        reasons.claim_line_id is not null or replanned.course_id is not null as has_reason
    from coded_lines
    inner join first_simulations on coded_lines.course_id = first_simulations.course_id
    left join delivery_spans on coded_lines.course_id = delivery_spans.course_id
    left join reasons on coded_lines.claim_line_id = reasons.claim_line_id
    left join replanned on coded_lines.course_id = replanned.course_id
    where
        coded_lines.code_list = 'complex_simulation'
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

)

select
    judged.claim_line_id as subject_id,
    case when judged.is_initial or judged.has_reason then 'met' else 'not_documented' end as outcome,
    concat(
        'complex simulation on ', judged.service_date,
        case
            when judged.first_delivery is null then '; no delivery is shown yet'
            else concat('; first delivery on ', judged.first_delivery)
        end,
        case
            when judged.service_date > judged.simulated_on
                then concat('; the course was first simulated on ', judged.simulated_on)
            else ''
        end,
        case
            when judged.is_initial then ''
            when judged.has_reason then '; the reason of a repeat is documented'
            else '; no reason of a repeat is documented'
        end
    ) as because
from judged
