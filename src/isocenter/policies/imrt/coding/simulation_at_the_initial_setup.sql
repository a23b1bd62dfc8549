-- title:        Complex simulation belongs to the initial set-up; a later one needs its reason
-- fault:        Complex simulation is repeated without a recorded reason
-- requirements: SIM-1
-- cites:        77290, paragraph 1, sentence 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Send the record of that simulation with the reason for repeating it.
-- asks:         simulation_record

with

simulation_days as (

    select distinct
        coded_lines.course_id,
        coded_lines.service_date
    from coded_lines
    where coded_lines.code_list = 'complex_simulation'

),

-- The physician's part and the technical part of the first simulation may be billed on days that differ.
first_simulations as (

    select
        coded_lines.course_id,
        min(coded_lines.service_date) as simulated_on,
        min(case when coded_lines.bills_professional_part then coded_lines.service_date end) as professional_on,
        min(case when coded_lines.bills_technical_part then coded_lines.service_date end) as technical_on
    from coded_lines
    where coded_lines.code_list = 'complex_simulation'
    group by coded_lines.course_id

),

-- A reason counts for the simulation that its record is about: by its line, or by its day.
reasons as (

    select distinct service_statements.claim_line_id
    from service_statements
    where
        service_statements.kind = 'simulation_record'
        and service_statements.element = 'resimulation_reason'
        and (
            service_statements.names_its_line
            or service_statements.document_date = service_statements.service_date
        )

),

-- A change of anatomy explains the first simulation on its day or after.
explained_days as (

    select distinct
        nearest.course_id,
        nearest.service_date
    from (
        select
            anatomy_changes.course_id,
            min(simulation_days.service_date) as service_date
        from anatomy_changes
        inner join simulation_days
            on
                anatomy_changes.course_id = simulation_days.course_id
                and anatomy_changes.changed_on <= simulation_days.service_date
        group by anatomy_changes.course_id, anatomy_changes.document_id
    ) as nearest

),

judged as (

    select
        coded_lines.claim_line_id,
        coded_lines.service_date,
        first_simulations.simulated_on,
        delivery_spans.first_delivery,
        (not coded_lines.bills_professional_part or coded_lines.service_date = first_simulations.professional_on)
        and (not coded_lines.bills_technical_part or coded_lines.service_date = first_simulations.technical_on)
        and (delivery_spans.first_delivery is null or coded_lines.service_date <= delivery_spans.first_delivery)
            as is_initial,
        reasons.claim_line_id is not null as has_reason,
        explained_days.course_id is not null as follows_a_change
    from coded_lines
    inner join first_simulations on coded_lines.course_id = first_simulations.course_id
    left join delivery_spans on coded_lines.course_id = delivery_spans.course_id
    left join reasons on coded_lines.claim_line_id = reasons.claim_line_id
    left join explained_days
        on
            coded_lines.course_id = explained_days.course_id
            and coded_lines.service_date = explained_days.service_date
    where
        coded_lines.code_list = 'complex_simulation'
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.is_initial or judged.has_reason or judged.follows_a_change then 'met'
        else 'not_documented'
    end as outcome,
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
            when judged.has_reason then '; its record states the reason for repeating it'
            when judged.follows_a_change then '; it follows a documented change of anatomy'
            else '; no record of this simulation states a reason for repeating it'
        end
    ) as because
from judged
