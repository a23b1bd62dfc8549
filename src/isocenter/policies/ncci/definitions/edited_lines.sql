-- title: Claim lines that the edits cover: billed to Medicare, not on an inpatient bill, each with its provider

with

chosen as (

    select readings.meaning as same_provider
    from readings
    where readings.name = 'same_provider'

)

select
    claim_lines.claim_line_id,
    claim_lines.member_id,
    case
        when chosen.same_provider = 'rendering_npi' and claim_lines.rendering_npi <> '' then claim_lines.rendering_npi
        when claim_lines.billing_npi <> '' then claim_lines.billing_npi
        -- Where none is named, the lines of one claim have one provider.
        else concat('claim ', claim_lines.claim_id)
    end as provider,
    claim_lines.service_date,
    claim_lines.setting,
    claim_lines.procedure_code,
    claim_lines.modifier_1,
    claim_lines.modifier_2,
    claim_lines.modifier_3,
    claim_lines.modifier_4
from claim_lines
cross join chosen
where
    claim_lines.line_of_business in ('', 'medicare')
    and not exists (
        select 1 from codes
        where
            codes.code_list = 'inpatient_bill'
            -- The first two digits of a type of bill, with or without the leading zero.
            and codes.code = case
                when length(claim_lines.bill_type) = 4 then substring(claim_lines.bill_type, 2, 2)
                else substring(claim_lines.bill_type, 1, 2)
            end
    )
