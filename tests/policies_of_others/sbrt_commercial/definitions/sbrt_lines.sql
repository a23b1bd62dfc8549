-- title: Claim lines with each code list of the policy that names their procedure on the date of service

select
    claim_lines.claim_line_id,
    claim_lines.course_id,
    claim_lines.service_date,
    claim_lines.units,
    codes.code_list
from claim_lines
inner join codes
    on
        claim_lines.procedure_code = codes.code
        and claim_lines.service_date between codes.valid_from and codes.valid_to
