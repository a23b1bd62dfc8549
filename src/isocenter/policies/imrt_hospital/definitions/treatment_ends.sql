-- title: Last day of IMRT delivery of each course that a hospital planned, whoever billed it

select
    standing_lines.course_id,
    max(standing_lines.service_date) as last_delivery
from standing_lines
inner join codes
    on
        standing_lines.procedure_code = codes.code
        and standing_lines.service_date between codes.valid_from and codes.valid_to
where
    codes.code_list = 'imrt_delivery'
    and standing_lines.course_id <> ''
    and standing_lines.course_id in (select hospital_plans.course_id from hospital_plans)
group by standing_lines.course_id
