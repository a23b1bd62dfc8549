-- title: Planning services on hospital outpatient claims, by code list; a claim without a type of bill may be one

select
    medicare_lines.claim_line_id,
    medicare_lines.course_id,
    medicare_lines.member_id,
    medicare_lines.billing_npi,
    medicare_lines.service_date,
    medicare_lines.procedure_code,
    medicare_lines.modifier_1,
    medicare_lines.modifier_2,
    medicare_lines.modifier_3,
    medicare_lines.modifier_4,
    codes.code_list,
    medicare_lines.bill_type_begins <> '' as tells_its_type
from medicare_lines
inner join codes
    on
        medicare_lines.procedure_code = codes.code
        and medicare_lines.service_date between codes.valid_from and codes.valid_to
where
    codes.code_list in ('imrt_plan', 'packaged_planning', 'simulation', 'set_up_simulation', 'guidance_or_planning')
    and medicare_lines.setting = 'institutional'
    and (
        medicare_lines.bill_type_begins = ''
        or medicare_lines.bill_type_begins in (
            select outpatient_bill_types.begins_with from outpatient_bill_types
        )
    )
