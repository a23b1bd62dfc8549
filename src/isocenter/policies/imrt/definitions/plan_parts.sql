-- title: Each part of each plan of a course with an IMRT plan, with the units that a change of anatomy has to excuse

with

-- The physician's part and the technical part of one plan are counted apart, so that a pair is one plan.
parts as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.code_list,
        coded_lines.procedure_code,
        coded_lines.service_date,
        coded_lines.units,
        'professional' as part
    from coded_lines
    where coded_lines.code_list in ('imrt_plan', 'plan_3d') and coded_lines.bills_professional_part

    union all

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.code_list,
        coded_lines.procedure_code,
        coded_lines.service_date,
        coded_lines.units,
        'technical' as part
    from coded_lines
    where coded_lines.code_list in ('imrt_plan', 'plan_3d') and coded_lines.bills_technical_part

),

numbered as (

    select
        parts.*,
        sum(parts.units) over (
            partition by parts.course_id, parts.code_list, parts.part
            order by parts.service_date, parts.claim_line_id
        ) as units_so_far
    from parts
    where
        parts.course_id in (
            select coded_lines.course_id from coded_lines
            where coded_lines.code_list = 'imrt_plan'
        )

)

-- The first IMRT plan needs no excuse; a 3D plan beside it always does.
select
    numbered.claim_line_id,
    numbered.course_id,
    numbered.code_list,
    numbered.procedure_code,
    numbered.service_date,
    numbered.units,
    numbered.part,
    cast(numbered.units_so_far as bigint) as units_so_far,
    cast(
        case
            when numbered.code_list = 'plan_3d' then numbered.units
            else greatest(0, least(numbered.units, numbered.units_so_far - 1))
        end as bigint
    ) as units_needing
from numbered
