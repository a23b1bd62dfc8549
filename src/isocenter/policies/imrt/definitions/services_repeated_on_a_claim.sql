-- title: Lines that bill again what a line of the same claim bills for the day, though no modifier says that it was given again

with

days_of_sessions as (

    select
        fractions.course_id,
        fractions.delivered_on
    from fractions
    group by fractions.course_id, fractions.delivered_on
    having count(*) > 1

),

-- Services that one session, plan or course has once; devices, calculations and weeks are counted, on however many lines.
lines as (

    select
        repeated_services.*,
        coalesce(repeated_services.last_service_date, repeated_services.service_date) as last_day
    from repeated_services
    inner join codes
        on
            repeated_services.procedure_code = codes.code
            and repeated_services.service_date between codes.valid_from and codes.valid_to
    left join modifiers_of_sessions
        on modifiers_of_sessions.modifier in (
            repeated_services.modifier_1, repeated_services.modifier_2, repeated_services.modifier_3,
            repeated_services.modifier_4
        )
    left join days_of_sessions
        on
            repeated_services.course_id = days_of_sessions.course_id
            and repeated_services.service_date = days_of_sessions.delivered_on
    where
        not repeated_services.is_of_span
        and modifiers_of_sessions.modifier is null
        and codes.code_list in (
            'complex_clinical_planning', 'simulation', 'imrt_plan', 'motion_management_simulation',
            'multileaf_devices', 'special_physics', 'special_treatment', 'imrt_delivery', 'imrt_delivery_if_planned',
            'image_guidance'
        )
        and (
            codes.code_list not in ('imrt_delivery', 'imrt_delivery_if_planned', 'image_guidance')
            or days_of_sessions.course_id is null
        )

),

billed_again as (

    select
        lines.claim_id,
        lines.course_id,
        lines.service_date,
        lines.last_day,
        lines.procedure_code,
        lines.units,
        lines.rendering_npi,
        lines.first_modifier,
        lines.second_modifier,
        lines.third_modifier,
        lines.fourth_modifier,
        min(lines.claim_line_id) as first_line
    from lines
    group by
        lines.claim_id, lines.course_id, lines.service_date,
        lines.last_day, lines.procedure_code, lines.units,
        lines.rendering_npi, lines.first_modifier, lines.second_modifier,
        lines.third_modifier, lines.fourth_modifier
    having count(*) > 1

)

select
    lines.claim_line_id,
    billed_again.first_line
from lines
inner join billed_again
    on
        lines.claim_id = billed_again.claim_id
        and lines.course_id = billed_again.course_id
        and lines.service_date = billed_again.service_date
        and lines.last_day = billed_again.last_day
        and lines.procedure_code = billed_again.procedure_code
        and lines.units = billed_again.units
        and lines.rendering_npi = billed_again.rendering_npi
        and lines.first_modifier = billed_again.first_modifier
        and lines.second_modifier = billed_again.second_modifier
        and lines.third_modifier = billed_again.third_modifier
        and lines.fourth_modifier = billed_again.fourth_modifier
where lines.claim_line_id <> billed_again.first_line
