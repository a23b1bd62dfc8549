-- title:        Delivery is billed by the code of its setting
-- requirements: HOSP-4
-- cites:        delivery, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  inform
-- remedy:       Bill the code of the setting: from 2015 to 2025 a G-code from a freestanding office, a CPT code from a hospital outpatient department.

with

-- Place of service 11 is an office; other professional places may be a hospital.
placed as (

    select
        medicare_lines.claim_line_id,
        codes.code_list,
        case
            when medicare_lines.setting = 'professional' and medicare_lines.place_of_service = '11' then 'office'
            when outpatient_bill_types.begins_with is not null then 'hospital'
            else ''
        end as placed_in
    from medicare_lines
    inner join codes
        on
            medicare_lines.procedure_code = codes.code
            and medicare_lines.service_date between codes.valid_from and codes.valid_to
    left join outpatient_bill_types
        on
            medicare_lines.bill_type_begins = outpatient_bill_types.begins_with
            and medicare_lines.setting = 'institutional'
    where codes.code_list in ('office_delivery', 'hospital_delivery')

)

select
    placed.claim_line_id as subject_id,
    case
        when placed.code_list = concat(placed.placed_in, '_delivery') then 'met'
        when placed.code_list <> concat(placed.placed_in, '_delivery') then 'not_met'
    end as outcome,
    concat(
        'billed by ',
        case when placed.placed_in = 'office' then 'an office' else 'a hospital outpatient department' end,
        case
            when placed.code_list = concat(placed.placed_in, '_delivery') then ', whose code it is'
            when placed.code_list = 'office_delivery' then '; it is the code of a freestanding office'
            else '; it is the code of a hospital outpatient department'
        end
    ) as because
from placed
where placed.placed_in <> ''
