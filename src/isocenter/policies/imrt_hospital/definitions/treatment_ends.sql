-- title: Last day of IMRT delivery of each course that a hospital planned, whoever billed it

select
    medicare_lines.course_id,
    max(medicare_lines.service_date) as last_delivery
from medicare_lines
inner join codes
    on
        medicare_lines.procedure_code = codes.code
        and medicare_lines.service_date between codes.valid_from and codes.valid_to
where
    codes.code_list = 'imrt_delivery'
    and medicare_lines.course_id <> ''
    and medicare_lines.course_id in (select hospital_plans.course_id from hospital_plans)
group by medicare_lines.course_id
