-- title: Lines of services that the member has several times on a day, of the same component, with their modifiers in one order

with

-- Most are the parts of one service: their other modifiers need no look.
repeated_components as (

    select
        lines_of_repeated_days.member_id,
        lines_of_repeated_days.procedure_code,
        lines_of_repeated_days.service_day,
        lines_of_repeated_days.is_of_span,
        lines_of_repeated_days.is_professional_component,
        lines_of_repeated_days.is_technical_component
    from lines_of_repeated_days
    group by
        lines_of_repeated_days.member_id, lines_of_repeated_days.procedure_code, lines_of_repeated_days.service_day,
        lines_of_repeated_days.is_of_span, lines_of_repeated_days.is_professional_component,
        lines_of_repeated_days.is_technical_component
    having count(*) > 1

),

modifiers_in_pairs as (

    select
        lines_of_repeated_days.*,
        least(lines_of_repeated_days.modifier_1, lines_of_repeated_days.modifier_2) as lower_of_first,
        greatest(lines_of_repeated_days.modifier_1, lines_of_repeated_days.modifier_2) as higher_of_first,
        least(lines_of_repeated_days.modifier_3, lines_of_repeated_days.modifier_4) as lower_of_second,
        greatest(lines_of_repeated_days.modifier_3, lines_of_repeated_days.modifier_4) as higher_of_second
    from lines_of_repeated_days
    inner join repeated_components
        on
            lines_of_repeated_days.member_id = repeated_components.member_id
            and lines_of_repeated_days.procedure_code = repeated_components.procedure_code
            and lines_of_repeated_days.service_day = repeated_components.service_day
            and lines_of_repeated_days.is_of_span = repeated_components.is_of_span
            and lines_of_repeated_days.is_professional_component = repeated_components.is_professional_component
            and lines_of_repeated_days.is_technical_component = repeated_components.is_technical_component

),

-- Modifiers mean the same in any order.
services as (

    select
        modifiers_in_pairs.*,
        greatest(modifiers_in_pairs.higher_of_first, modifiers_in_pairs.higher_of_second) as first_modifier,
        greatest(
            least(modifiers_in_pairs.higher_of_first, modifiers_in_pairs.higher_of_second),
            greatest(modifiers_in_pairs.lower_of_first, modifiers_in_pairs.lower_of_second)
        ) as second_modifier,
        least(
            least(modifiers_in_pairs.higher_of_first, modifiers_in_pairs.higher_of_second),
            greatest(modifiers_in_pairs.lower_of_first, modifiers_in_pairs.lower_of_second)
        ) as third_modifier,
        least(modifiers_in_pairs.lower_of_first, modifiers_in_pairs.lower_of_second) as fourth_modifier
    from modifiers_in_pairs

)

-- Of one service of a day every line names the same line, the first of them.
select
    services.*,
    min(services.claim_line_id) over (
        partition by
            services.member_id, services.procedure_code, services.setting, services.service_day, services.is_of_span,
            services.first_modifier, services.second_modifier, services.third_modifier, services.fourth_modifier
    ) as service_line_id
from services
