-- title: Lines of services that count once a course, each with the units so far and the changes of anatomy documented

with

-- The physician's part and the technical part of one service are counted apart, so that a pair is one service.
summed as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coded_lines.procedure_code,
        coded_lines.code_list,
        coded_lines.units,
        greatest(
            case
                when coded_lines.bills_professional_part
                    then sum(case when coded_lines.bills_professional_part then coded_lines.units else 0 end) over (
                        partition by coded_lines.course_id, coded_lines.code_list
                        order by coded_lines.service_date, coded_lines.claim_line_id
                    )
                else 0
            end,
            case
                when coded_lines.bills_technical_part
                    then sum(case when coded_lines.bills_technical_part then coded_lines.units else 0 end) over (
                        partition by coded_lines.course_id, coded_lines.code_list
                        order by coded_lines.service_date, coded_lines.claim_line_id
                    )
                else 0
            end
        ) as units_so_far
    from coded_lines
    where
        coded_lines.code_list in (
            'imrt_plan', 'plan_3d', 'complex_clinical_planning', 'motion_management_simulation', 'special_physics'
        )

)

select
    summed.claim_line_id,
    summed.course_id,
    summed.service_date,
    summed.procedure_code,
    summed.code_list,
    summed.units,
    cast(summed.units_so_far as bigint) as units_so_far,
    sum(case when anatomy_changes.document_date <= summed.service_date then 1 else 0 end) as changes_by_then,
    sum(case when anatomy_changes.document_date > summed.service_date then 1 else 0 end) as changes_later
from summed
left join anatomy_changes on summed.course_id = anatomy_changes.course_id
group by
    summed.claim_line_id, summed.course_id, summed.service_date, summed.procedure_code, summed.code_list,
    summed.units, summed.units_so_far
