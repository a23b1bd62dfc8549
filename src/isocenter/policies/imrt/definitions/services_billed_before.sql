-- title: Services that are billed more than once, by line, with the earlier claim that bills the same

with

-- Lines of several days of which is certain what they cover, by these days.
days_of_spans as (

    select
        lines_with_components.*,
        service_days.service_day
    from lines_with_components
    inner join service_days on lines_with_components.claim_line_id = service_days.claim_line_id
    where service_days.is_certain

),

-- With them other lines of these services, of one day each.
days_of_services as (

    select
        days_of_spans.claim_line_id,
        days_of_spans.claim_id,
        days_of_spans.member_id,
        days_of_spans.procedure_code,
        days_of_spans.modifier_1,
        days_of_spans.modifier_2,
        days_of_spans.modifier_3,
        days_of_spans.modifier_4,
        days_of_spans.is_professional_component,
        days_of_spans.is_technical_component,
        days_of_spans.billing_npi,
        days_of_spans.rendering_npi,
        days_of_spans.setting,
        days_of_spans.service_day
    from days_of_spans

    union all

    select
        lines_with_components.claim_line_id,
        lines_with_components.claim_id,
        lines_with_components.member_id,
        lines_with_components.procedure_code,
        lines_with_components.modifier_1,
        lines_with_components.modifier_2,
        lines_with_components.modifier_3,
        lines_with_components.modifier_4,
        lines_with_components.is_professional_component,
        lines_with_components.is_technical_component,
        lines_with_components.billing_npi,
        lines_with_components.rendering_npi,
        lines_with_components.setting,
        lines_with_components.service_date as service_day
    from lines_with_components
    inner join (select distinct days_of_spans.member_id, days_of_spans.procedure_code from days_of_spans) as spans
        on
            lines_with_components.member_id = spans.member_id
            and lines_with_components.procedure_code = spans.procedure_code
    where
        not exists (
            select 1 from service_days
            where service_days.claim_line_id = lines_with_components.claim_line_id
        )

),

-- Days on which a service of a member is billed twice; a line that is billed once needs no look.
repeated_days as (

    select
        lines_with_components.member_id,
        lines_with_components.service_date,
        lines_with_components.procedure_code
    from lines_with_components
    group by lines_with_components.member_id, lines_with_components.service_date, lines_with_components.procedure_code
    having count(*) > 1 or max(lines_with_components.repeated_line_id) <> ''

),

-- Each line by its day of service, and each of several days also by the days that it covers.
services as (

    select
        lines_with_components.claim_line_id,
        lines_with_components.claim_id,
        lines_with_components.member_id,
        lines_with_components.procedure_code,
        lines_with_components.modifier_1,
        lines_with_components.modifier_2,
        lines_with_components.modifier_3,
        lines_with_components.modifier_4,
        lines_with_components.is_professional_component,
        lines_with_components.is_technical_component,
        lines_with_components.billing_npi,
        lines_with_components.rendering_npi,
        lines_with_components.setting,
        lines_with_components.service_date as service_day,
        false as is_of_span
    from lines_with_components
    inner join repeated_days
        on
            lines_with_components.member_id = repeated_days.member_id
            and lines_with_components.service_date = repeated_days.service_date
            and lines_with_components.procedure_code = repeated_days.procedure_code

    union all

    select
        days_of_services.claim_line_id,
        days_of_services.claim_id,
        days_of_services.member_id,
        days_of_services.procedure_code,
        days_of_services.modifier_1,
        days_of_services.modifier_2,
        days_of_services.modifier_3,
        days_of_services.modifier_4,
        days_of_services.is_professional_component,
        days_of_services.is_technical_component,
        days_of_services.billing_npi,
        days_of_services.rendering_npi,
        days_of_services.setting,
        days_of_services.service_day,
        true as is_of_span
    from days_of_services

),

-- Most are the parts of one service, or on one claim: their other modifiers need no look.
days_of_several_claims as (

    select
        services.member_id,
        services.procedure_code,
        services.setting,
        services.service_day,
        services.is_of_span,
        services.is_professional_component,
        services.is_technical_component
    from services
    group by
        services.member_id, services.procedure_code, services.setting, services.service_day, services.is_of_span,
        services.is_professional_component, services.is_technical_component
    having min(services.claim_id) < max(services.claim_id)

),

modifiers_in_pairs as (

    select
        services.*,
        least(services.modifier_1, services.modifier_2) as lower_of_first,
        greatest(services.modifier_1, services.modifier_2) as higher_of_first,
        least(services.modifier_3, services.modifier_4) as lower_of_second,
        greatest(services.modifier_3, services.modifier_4) as higher_of_second
    from services
    inner join days_of_several_claims
        on
            services.member_id = days_of_several_claims.member_id
            and services.procedure_code = days_of_several_claims.procedure_code
            and services.setting = days_of_several_claims.setting
            and services.service_day = days_of_several_claims.service_day
            and services.is_of_span = days_of_several_claims.is_of_span
            and services.is_professional_component = days_of_several_claims.is_professional_component
            and services.is_technical_component = days_of_several_claims.is_technical_component

),

-- Modifiers mean the same in any order.
ordered_services as (

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

),

services_of_several_claims as (

    select
        ordered_services.member_id,
        ordered_services.procedure_code,
        ordered_services.setting,
        ordered_services.service_day,
        ordered_services.is_of_span,
        ordered_services.first_modifier,
        ordered_services.second_modifier,
        ordered_services.third_modifier,
        ordered_services.fourth_modifier,
        min(ordered_services.claim_line_id) as service
    from ordered_services
    group by
        ordered_services.member_id, ordered_services.procedure_code, ordered_services.setting,
        ordered_services.service_day, ordered_services.is_of_span, ordered_services.first_modifier,
        ordered_services.second_modifier, ordered_services.third_modifier,
        ordered_services.fourth_modifier
    having min(ordered_services.claim_id) < max(ordered_services.claim_id)

),

providers as (

    select
        services_of_several_claims.service,
        ordered_services.member_id,
        ordered_services.procedure_code,
        ordered_services.setting,
        ordered_services.service_day,
        ordered_services.is_of_span,
        ordered_services.first_modifier,
        ordered_services.second_modifier,
        ordered_services.third_modifier,
        ordered_services.fourth_modifier,
        ordered_services.billing_npi,
        ordered_services.rendering_npi,
        min(ordered_services.claim_id) as first_claim
    from ordered_services
    inner join services_of_several_claims
        on
            ordered_services.member_id = services_of_several_claims.member_id
            and ordered_services.procedure_code = services_of_several_claims.procedure_code
            and ordered_services.setting = services_of_several_claims.setting
            and ordered_services.service_day = services_of_several_claims.service_day
            and ordered_services.is_of_span = services_of_several_claims.is_of_span
            and ordered_services.first_modifier = services_of_several_claims.first_modifier
            and ordered_services.second_modifier = services_of_several_claims.second_modifier
            and ordered_services.third_modifier = services_of_several_claims.third_modifier
            and ordered_services.fourth_modifier = services_of_several_claims.fourth_modifier
    group by
        services_of_several_claims.service,
        ordered_services.member_id, ordered_services.procedure_code, ordered_services.setting,
        ordered_services.service_day, ordered_services.is_of_span, ordered_services.first_modifier,
        ordered_services.second_modifier, ordered_services.third_modifier,
        ordered_services.fourth_modifier, ordered_services.billing_npi, ordered_services.rendering_npi

),

-- Of each the first claims of those who may be the same, for one of the two claims does not name them.
providers_beside_unnamed as (

    select
        providers.*,
        min(providers.first_claim) over (partition by providers.service, providers.is_of_span) as first_of_any,
        min(providers.first_claim) over (
            partition by providers.service, providers.is_of_span, providers.billing_npi
        ) as first_of_biller,
        min(providers.first_claim) over (
            partition by providers.service, providers.is_of_span, providers.rendering_npi
        ) as first_of_renderer,
        min(case when providers.billing_npi = '' then providers.first_claim end) over (
            partition by providers.service, providers.is_of_span
        ) as first_without_biller,
        min(case when providers.rendering_npi = '' then providers.first_claim end) over (
            partition by providers.service, providers.is_of_span
        ) as first_without_renderer,
        min(case when providers.billing_npi = '' then providers.first_claim end) over (
            partition by providers.service, providers.is_of_span, providers.rendering_npi
        ) as first_of_renderer_alone,
        min(case when providers.rendering_npi = '' then providers.first_claim end) over (
            partition by providers.service, providers.is_of_span, providers.billing_npi
        ) as first_of_biller_alone,
        min(case when providers.billing_npi = '' and providers.rendering_npi = '' then providers.first_claim end) over (
            partition by providers.service, providers.is_of_span
        ) as first_of_nobody
    from providers

),

first_claims as (

    select
        providers_beside_unnamed.*,
        case
            when providers_beside_unnamed.billing_npi = '' and providers_beside_unnamed.rendering_npi = ''
                then providers_beside_unnamed.first_of_any
            when providers_beside_unnamed.billing_npi = ''
                then least(
                    providers_beside_unnamed.first_of_renderer,
                    coalesce(providers_beside_unnamed.first_without_renderer, providers_beside_unnamed.first_claim)
                )
            when providers_beside_unnamed.rendering_npi = ''
                then least(
                    providers_beside_unnamed.first_of_biller,
                    coalesce(providers_beside_unnamed.first_without_biller, providers_beside_unnamed.first_claim)
                )
            else least(
                providers_beside_unnamed.first_claim,
                coalesce(providers_beside_unnamed.first_of_renderer_alone, providers_beside_unnamed.first_claim),
                coalesce(providers_beside_unnamed.first_of_biller_alone, providers_beside_unnamed.first_claim),
                coalesce(providers_beside_unnamed.first_of_nobody, providers_beside_unnamed.first_claim)
            )
        end as first_claim_with_unnamed
    from providers_beside_unnamed

),

lines_of_several_claims as (

    select
        ordered_services.claim_line_id,
        ordered_services.service_day,
        ordered_services.is_of_span,
        first_claims.first_claim,
        first_claims.first_claim_with_unnamed
    from ordered_services
    inner join first_claims
        on
            ordered_services.member_id = first_claims.member_id
            and ordered_services.procedure_code = first_claims.procedure_code
            and ordered_services.setting = first_claims.setting
            and ordered_services.service_day = first_claims.service_day
            and ordered_services.is_of_span = first_claims.is_of_span
            and ordered_services.first_modifier = first_claims.first_modifier
            and ordered_services.second_modifier = first_claims.second_modifier
            and ordered_services.third_modifier = first_claims.third_modifier
            and ordered_services.fourth_modifier = first_claims.fourth_modifier
            and ordered_services.billing_npi = first_claims.billing_npi
            and ordered_services.rendering_npi = first_claims.rendering_npi

)

select
    services.claim_line_id,
    services.claim_id,
    services.service_day,
    services.is_of_span,
    coalesce(lines_of_several_claims.first_claim, services.claim_id) as first_claim_of_provider,
    coalesce(lines_of_several_claims.first_claim_with_unnamed, services.claim_id) as first_claim_with_unnamed
from services
left join lines_of_several_claims
    on
        services.claim_line_id = lines_of_several_claims.claim_line_id
        and services.service_day = lines_of_several_claims.service_day
        and services.is_of_span = lines_of_several_claims.is_of_span
