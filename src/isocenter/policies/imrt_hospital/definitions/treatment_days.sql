-- title: Days on which each course was treated, as recorded or billed by anyone

select distinct
    standing_lines.course_id,
    standing_lines.service_date as treated_on
from standing_lines
where
    standing_lines.course_id <> ''
    and standing_lines.procedure_code in (
        select codes.code from codes
        where codes.code_list in ('imrt_delivery', 'office_delivery', 'hospital_delivery')
    )

union

select
    fractions.course_id,
    fractions.delivered_on as treated_on
from fractions
