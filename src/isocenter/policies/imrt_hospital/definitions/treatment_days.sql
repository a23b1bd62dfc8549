-- title: Days on which each course was treated, as recorded or billed by anyone

select distinct
    medicare_lines.course_id,
    medicare_lines.service_date as treated_on
from medicare_lines
where
    medicare_lines.course_id <> ''
    and medicare_lines.procedure_code in (
        select codes.code from codes
        where codes.code_list in ('imrt_delivery', 'office_delivery', 'hospital_delivery')
    )

union

select
    fractions.course_id,
    fractions.delivered_on as treated_on
from fractions
