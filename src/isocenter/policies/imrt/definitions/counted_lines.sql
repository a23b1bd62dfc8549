-- title: Lines of services that count once a course, each with the units so far and the changes of anatomy documented

with

-- A consultation about another modality is not one about IMRT.
consultations_apart as (

    select distinct service_statements.claim_line_id
    from service_statements
    where
        service_statements.kind = 'special_physics_consultation'
        and service_statements.element = 'other_modality'
        and (
            service_statements.names_its_line
            or service_statements.document_date = service_statements.service_date
        )

),

lines as (

    select
        coded_lines.*,
        consultations_apart.claim_line_id is not null as is_apart,
        case when consultations_apart.claim_line_id is null then coded_lines.units else 0 end as units_counted
    from coded_lines
    left join consultations_apart on coded_lines.claim_line_id = consultations_apart.claim_line_id
    where
        coded_lines.code_list in ('complex_clinical_planning', 'motion_management_simulation', 'special_physics')

),

-- The physician's part and the technical part of one service are counted apart, so that a pair is one service.
summed as (

    select
        lines.claim_line_id,
        lines.course_id,
        lines.service_date,
        lines.procedure_code,
        lines.code_list,
        lines.units,
        lines.is_apart,
        greatest(
            case
                when lines.bills_professional_part
                    then sum(case when lines.bills_professional_part then lines.units_counted else 0 end) over (
                        partition by lines.course_id, lines.code_list
                        order by lines.service_date, lines.claim_line_id
                    )
                else 0
            end,
            case
                when lines.bills_technical_part
                    then sum(case when lines.bills_technical_part then lines.units_counted else 0 end) over (
                        partition by lines.course_id, lines.code_list
                        order by lines.service_date, lines.claim_line_id
                    )
                else 0
            end
        ) as units_so_far
    from lines

)

select
    summed.claim_line_id,
    summed.course_id,
    summed.service_date,
    summed.procedure_code,
    summed.code_list,
    summed.units,
    summed.is_apart,
    cast(summed.units_so_far as bigint) as units_so_far,
    cast(sum(case when anatomy_changes.document_date <= summed.service_date then 1 else 0 end) as bigint)
        as changes_by_then
from summed
left join anatomy_changes on summed.course_id = anatomy_changes.course_id
group by
    summed.claim_line_id, summed.course_id, summed.service_date, summed.procedure_code, summed.code_list,
    summed.units, summed.is_apart, summed.units_so_far
