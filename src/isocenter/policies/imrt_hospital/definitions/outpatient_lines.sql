-- title: Lines of hospital outpatient claims, each with its code list; a claim without a type of bill may be one
-- needs: claim_lines

with

-- Some writers put a zero before the three digits of the type of bill.
typed as (

    select
        standing_lines.*,
        case
            when length(standing_lines.bill_type) = 4 then substr(standing_lines.bill_type, 2, 2)
            else substr(standing_lines.bill_type, 1, 2)
        end as bill_type_begins
    from standing_lines
    where standing_lines.setting = 'institutional'

)

select
    typed.claim_line_id,
    typed.course_id,
    typed.member_id,
    typed.billing_npi,
    typed.service_date,
    typed.procedure_code,
    codes.code_list,
    typed.bill_type_begins <> '' as tells_its_type,
    exists (
        select 1 from distinct_service_modifiers
        where
            distinct_service_modifiers.modifier
            in (typed.modifier_1, typed.modifier_2, typed.modifier_3, typed.modifier_4)
            and typed.service_date >= cast(distinct_service_modifiers.valid_from as date)
    ) as is_distinct_service
from typed
inner join codes
    on
        typed.procedure_code = codes.code
        and typed.service_date between codes.valid_from and codes.valid_to
where
    typed.bill_type_begins = ''
    or typed.bill_type_begins in (select outpatient_bill_types.begins_with from outpatient_bill_types)
