-- title: Lines that bill a component of a service beside a line that bills it with both of its components for the day, and lines that bill both beside a hospital's technical component

with

-- Planning, pictures and calculations have a physician's part and a technical part. Of what is counted, only as many
-- units as the whole has may be its own component; devices are described one by one, and the policy has some of them
-- billed by the physician's part alone.
lines as (

    select
        lines_of_repeated_days.claim_line_id,
        lines_of_repeated_days.claim_id,
        lines_of_repeated_days.member_id,
        lines_of_repeated_days.procedure_code,
        lines_of_repeated_days.service_date,
        lines_of_repeated_days.setting,
        lines_of_repeated_days.bills_professional_part,
        lines_of_repeated_days.bills_technical_part,
        case
            when codes.code_list in ('basic_dosimetry', 'teletherapy_isodose', 'brachytherapy_isodose', 'special_dosimetry')
                then lines_of_repeated_days.units
            else 0
        end as units_counted
    from lines_of_repeated_days
    inner join codes
        on
            lines_of_repeated_days.procedure_code = codes.code
            and lines_of_repeated_days.service_date between codes.valid_from and codes.valid_to
    left join modifiers_of_sessions
        on modifiers_of_sessions.modifier in (
            lines_of_repeated_days.modifier_1, lines_of_repeated_days.modifier_2, lines_of_repeated_days.modifier_3,
            lines_of_repeated_days.modifier_4
        )
    where
        not lines_of_repeated_days.is_of_span
        and modifiers_of_sessions.modifier is null
        and codes.code_list in (
            'simulation', 'imrt_plan', 'plan_3d', 'motion_management_simulation', 'multileaf_devices',
            'special_treatment', 'image_guidance', 'basic_dosimetry', 'teletherapy_isodose', 'brachytherapy_isodose',
            'special_dosimetry'
        )

),

wholes as (

    select
        lines.member_id,
        lines.procedure_code,
        lines.service_date,
        lines.units_counted,
        min(lines.claim_line_id) as whole_line_id
    from lines
    where lines.bills_professional_part and lines.bills_technical_part
    group by lines.member_id, lines.procedure_code, lines.service_date, lines.units_counted

),

hospital_lines as (

    select
        lines.member_id,
        lines.procedure_code,
        lines.service_date,
        lines.units_counted,
        min(lines.claim_line_id) as hospital_line_id
    from lines
    where lines.setting = 'institutional' and lines.bills_technical_part
    group by lines.member_id, lines.procedure_code, lines.service_date, lines.units_counted

)

select
    lines.claim_line_id,
    wholes.whole_line_id as other_line_id,
    case when lines.bills_professional_part then 'professional' else 'technical' end as component,
    false as is_the_whole
from lines
inner join wholes
    on
        lines.member_id = wholes.member_id
        and lines.procedure_code = wholes.procedure_code
        and lines.service_date = wholes.service_date
        and lines.units_counted = wholes.units_counted
where
    lines.setting <> 'institutional'
    and not (lines.bills_professional_part and lines.bills_technical_part)

union all

select
    lines.claim_line_id,
    hospital_lines.hospital_line_id as other_line_id,
    'technical' as component,
    true as is_the_whole
from lines
inner join hospital_lines
    on
        lines.member_id = hospital_lines.member_id
        and lines.procedure_code = hospital_lines.procedure_code
        and lines.service_date = hospital_lines.service_date
        and lines.units_counted = hospital_lines.units_counted
where lines.bills_professional_part and lines.bills_technical_part
