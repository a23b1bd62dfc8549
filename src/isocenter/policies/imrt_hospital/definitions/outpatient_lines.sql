-- title: Planning services on hospital outpatient claims, by code list; a claim without a type of bill may be one

select
    standing_lines.claim_line_id,
    standing_lines.course_id,
    standing_lines.member_id,
    standing_lines.billing_npi,
    standing_lines.service_date,
    standing_lines.procedure_code,
    standing_lines.modifier_1,
    standing_lines.modifier_2,
    standing_lines.modifier_3,
    standing_lines.modifier_4,
    codes.code_list,
    standing_lines.bill_type_begins <> '' as tells_its_type
from standing_lines
inner join codes
    on
        standing_lines.procedure_code = codes.code
        and standing_lines.service_date between codes.valid_from and codes.valid_to
where
    codes.code_list in ('imrt_plan', 'packaged_planning', 'simulation', 'set_up_simulation', 'guidance_or_planning')
    and standing_lines.setting = 'institutional'
    and (
        standing_lines.bill_type_begins = ''
        or standing_lines.bill_type_begins in (
            select outpatient_bill_types.begins_with from outpatient_bill_types
        )
    )
