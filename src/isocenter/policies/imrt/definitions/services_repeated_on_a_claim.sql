-- title: Lines that bill again what a line of the same claim bills for the day, though no modifier says that it was given again

with

-- Services that one session, plan or course has once; devices, calculations and weeks are counted, on however many lines.
lines as (

    select
        coded_lines.claim_line_id,
        coded_lines.claim_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coalesce(coded_lines.last_service_date, coded_lines.service_date) as last_day,
        coded_lines.procedure_code,
        coded_lines.units,
        coded_lines.rendering_npi,
        coded_lines.modifier_1,
        coded_lines.modifier_2,
        coded_lines.modifier_3,
        coded_lines.modifier_4,
        coded_lines.code_list in ('imrt_delivery', 'imrt_delivery_if_planned', 'image_guidance') as is_of_session
    from coded_lines
    where
        coded_lines.code_list in (
            'complex_clinical_planning', 'simulation', 'imrt_plan', 'motion_management_simulation',
            'multileaf_devices', 'special_physics', 'special_treatment', 'imrt_delivery', 'imrt_delivery_if_planned',
            'image_guidance'
        )

),

repeated_days as (

    select
        lines.claim_id,
        lines.course_id,
        lines.service_date,
        lines.procedure_code
    from lines
    group by lines.claim_id, lines.course_id, lines.service_date, lines.procedure_code
    having count(*) > 1

),

days_of_sessions as (

    select
        fractions.course_id,
        fractions.delivered_on
    from fractions
    group by fractions.course_id, fractions.delivered_on
    having count(*) > 1

),

modifiers_in_pairs as (

    select
        lines.*,
        least(lines.modifier_1, lines.modifier_2) as lower_of_first,
        greatest(lines.modifier_1, lines.modifier_2) as higher_of_first,
        least(lines.modifier_3, lines.modifier_4) as lower_of_second,
        greatest(lines.modifier_3, lines.modifier_4) as higher_of_second
    from lines
    inner join repeated_days
        on
            lines.claim_id = repeated_days.claim_id
            and lines.course_id = repeated_days.course_id
            and lines.service_date = repeated_days.service_date
            and lines.procedure_code = repeated_days.procedure_code
    left join modifiers_of_sessions
        on modifiers_of_sessions.modifier in (
            lines.modifier_1, lines.modifier_2, lines.modifier_3, lines.modifier_4
        )
    left join days_of_sessions
        on
            lines.course_id = days_of_sessions.course_id
            and lines.service_date = days_of_sessions.delivered_on
    where
        modifiers_of_sessions.modifier is null
        and (not lines.is_of_session or days_of_sessions.course_id is null)

),

-- Modifiers mean the same in any order: the highest and the lowest of four, and the two between.
services as (

    select
        modifiers_in_pairs.*,
        greatest(modifiers_in_pairs.higher_of_first, modifiers_in_pairs.higher_of_second) as first_modifier,
        least(modifiers_in_pairs.higher_of_first, modifiers_in_pairs.higher_of_second) as lower_of_highest,
        greatest(modifiers_in_pairs.lower_of_first, modifiers_in_pairs.lower_of_second) as higher_of_lowest,
        least(modifiers_in_pairs.lower_of_first, modifiers_in_pairs.lower_of_second) as fourth_modifier
    from modifiers_in_pairs

),

ordered_services as (

    select
        services.*,
        greatest(services.lower_of_highest, services.higher_of_lowest) as second_modifier,
        least(services.lower_of_highest, services.higher_of_lowest) as third_modifier
    from services

),

billed_again as (

    select
        ordered_services.claim_id,
        ordered_services.course_id,
        ordered_services.service_date,
        ordered_services.last_day,
        ordered_services.procedure_code,
        ordered_services.units,
        ordered_services.rendering_npi,
        ordered_services.first_modifier,
        ordered_services.second_modifier,
        ordered_services.third_modifier,
        ordered_services.fourth_modifier,
        min(ordered_services.claim_line_id) as first_line
    from ordered_services
    group by
        ordered_services.claim_id, ordered_services.course_id, ordered_services.service_date,
        ordered_services.last_day, ordered_services.procedure_code, ordered_services.units,
        ordered_services.rendering_npi, ordered_services.first_modifier, ordered_services.second_modifier,
        ordered_services.third_modifier, ordered_services.fourth_modifier
    having count(*) > 1

)

select
    ordered_services.claim_line_id,
    billed_again.first_line
from ordered_services
inner join billed_again
    on
        ordered_services.claim_id = billed_again.claim_id
        and ordered_services.course_id = billed_again.course_id
        and ordered_services.service_date = billed_again.service_date
        and ordered_services.last_day = billed_again.last_day
        and ordered_services.procedure_code = billed_again.procedure_code
        and ordered_services.units = billed_again.units
        and ordered_services.rendering_npi = billed_again.rendering_npi
        and ordered_services.first_modifier = billed_again.first_modifier
        and ordered_services.second_modifier = billed_again.second_modifier
        and ordered_services.third_modifier = billed_again.third_modifier
        and ordered_services.fourth_modifier = billed_again.fourth_modifier
where ordered_services.claim_line_id <> billed_again.first_line
