-- title: Claim lines not voided or replaced, with each code list that names their procedure on the date of service

select
    standing_lines.*,
    codes.code_list
from standing_lines
inner join codes
    on
        standing_lines.procedure_code = codes.code
        and standing_lines.service_date between codes.valid_from and codes.valid_to
