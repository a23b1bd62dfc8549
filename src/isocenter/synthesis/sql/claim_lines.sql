-- Complete lines spelled out, with the course that each truly belongs to ('' for other care).

with

named as (

    select
        complete.*,
        claim_name(complete.number, complete.is_of_course, complete.biller, complete.month_number)
            as first_claim_id
    from complete

)

select
    concat(named.first_claim_id, named.suffix, '-', named.line_number) as claim_line_id,
    concat(named.first_claim_id, named.suffix) as claim_id,
    named.line_number,
    '' as course_id,
    member_name(named.member_number) as member_id,
    named.service_date,
    named.code as procedure_code,
    named.units,
    named.modifier_1,
    named.modifier_2,
    '' as modifier_3,
    '' as modifier_4,
    case
        when named.setting = 'institutional' then ''
        when named.place <> 'hospital' then '11'
        when named.is_inpatient then '21'
        else '22'
    end as place_of_service,
    named.setting,
    provider_number(named.provider, 300 + named.physician) as rendering_npi,
    provider_number(named.provider, case when named.biller = 'facility' then 100 else 200 end) as billing_npi,
    '' as supervising_npi,
    case
        when named.setting = 'professional' then ''
        when named.is_inpatient then '111'
        else '131'
    end as bill_type,
    case when named.setting = 'professional' then '' else '0333' end as revenue_code,
    named.line_of_business,
    named.claim_frequency,
    case when named.claim_frequency = '1' then '' else concat(named.first_claim_id, named.refers_to) end
        as original_claim_id,
    round(named.allowed_amount * named.markup, 2) as charge_amount,
    round(named.allowed_amount, 2) as allowed_amount,
    cast(null as date) as last_service_date,
    '' as patient_account_number,
    '' as payer_claim_number,
    '' as submitter_id,
    cast(null as integer) as diagnosis_pointer_1,
    cast(null as integer) as diagnosis_pointer_2,
    cast(null as integer) as diagnosis_pointer_3,
    cast(null as integer) as diagnosis_pointer_4,
    case when named.is_of_course then course_name(named.number) else '' end as true_course
from named
