-- title: Claim lines not voided or replaced, with each code list that names their procedure on the date of service

select
    lines_with_components.*,
    codes.code_list
from lines_with_components
inner join codes
    on
        lines_with_components.procedure_code = codes.code
        and lines_with_components.service_date between codes.valid_from and codes.valid_to
