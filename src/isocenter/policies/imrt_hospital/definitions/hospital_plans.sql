-- title: IMRT plans of each hospital and member, one a day

select
    outpatient_lines.member_id,
    outpatient_lines.billing_npi,
    outpatient_lines.course_id,
    outpatient_lines.service_date,
    numbered_days.day_number
from outpatient_lines
inner join numbered_days on outpatient_lines.service_date = numbered_days.service_date
where outpatient_lines.code_list = 'imrt_plan'
group by
    outpatient_lines.member_id, outpatient_lines.billing_npi, outpatient_lines.course_id,
    outpatient_lines.service_date, numbered_days.day_number
