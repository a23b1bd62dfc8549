-- title: Treatment management on claims of hospitals, whose type of bill is not one on which a physician's services may be billed

select coded_lines.claim_line_id
from coded_lines
left join physician_bill_types
    on
        substr(coded_lines.bill_type, 1, 2) = physician_bill_types.begins_with
        or (
            length(coded_lines.bill_type) = 4
            and substr(coded_lines.bill_type, 2, 2) = physician_bill_types.begins_with
        )
where
    coded_lines.code_list = 'weekly_management'
    and coded_lines.setting = 'institutional'
    and coded_lines.bill_type <> ''
    and physician_bill_types.begins_with is null
