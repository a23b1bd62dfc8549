-- title: Claim lines that deliver radiation, of which modality, whether or not their code was in force on the day

with

-- Judged once for a code and day: claims hold far fewer of these than lines.
delivery_codes as (

    select
        codes.code,
        codes.code_list,
        codes.valid_from,
        codes.valid_to,
        delivery_kinds.modality
    from codes
    inner join delivery_kinds on codes.code_list = delivery_kinds.code_list

),

billed_days as (

    select distinct
        lines_with_components.procedure_code,
        lines_with_components.service_date
    from lines_with_components
    where lines_with_components.procedure_code in (select delivery_codes.code from delivery_codes)

),

-- A code that is no longer in force, or not yet, still says what was delivered.
ranked as (

    select
        billed_days.procedure_code,
        billed_days.service_date,
        delivery_codes.code_list,
        delivery_codes.modality,
        billed_days.service_date between delivery_codes.valid_from and delivery_codes.valid_to as is_in_force,
        row_number() over (
            partition by billed_days.procedure_code, billed_days.service_date
            order by
                case
                    when billed_days.service_date between delivery_codes.valid_from and delivery_codes.valid_to then 0
                    else 1
                end,
                delivery_codes.valid_to desc,
                delivery_codes.code_list
        ) as place
    from billed_days
    inner join delivery_codes on billed_days.procedure_code = delivery_codes.code

)

select
    lines_with_components.*,
    ranked.code_list,
    ranked.modality,
    ranked.is_in_force
from lines_with_components
inner join ranked
    on
        lines_with_components.procedure_code = ranked.procedure_code
        and lines_with_components.service_date = ranked.service_date
where ranked.place = 1
