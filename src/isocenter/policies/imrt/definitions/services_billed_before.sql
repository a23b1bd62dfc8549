-- title: Services that are billed more than once, by line, with the earlier claim that bills the same

with

services_of_several_claims as (

    select
        repeated_services.service_line_id,
        repeated_services.service_day,
        repeated_services.is_of_span
    from repeated_services
    group by repeated_services.service_line_id, repeated_services.service_day, repeated_services.is_of_span
    having min(repeated_services.claim_id) < max(repeated_services.claim_id)

),

providers as (

    select
        repeated_services.service_line_id,
        repeated_services.service_day,
        repeated_services.is_of_span,
        repeated_services.billing_npi,
        repeated_services.rendering_npi,
        min(repeated_services.claim_id) as first_claim
    from repeated_services
    inner join services_of_several_claims
        on
            repeated_services.service_line_id = services_of_several_claims.service_line_id
            and repeated_services.service_day = services_of_several_claims.service_day
            and repeated_services.is_of_span = services_of_several_claims.is_of_span
    group by
        repeated_services.service_line_id, repeated_services.service_day, repeated_services.is_of_span,
        repeated_services.billing_npi, repeated_services.rendering_npi

),

-- Of each the first claims of those who may be the same, for one of the two claims does not name them.
providers_beside_unnamed as (

    select
        providers.*,
        min(providers.first_claim) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span
        ) as first_of_any,
        min(providers.first_claim) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span, providers.billing_npi
        ) as first_of_biller,
        min(providers.first_claim) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span, providers.rendering_npi
        ) as first_of_renderer,
        min(case when providers.billing_npi = '' then providers.first_claim end) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span
        ) as first_without_biller,
        min(case when providers.rendering_npi = '' then providers.first_claim end) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span
        ) as first_without_renderer,
        min(case when providers.billing_npi = '' then providers.first_claim end) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span, providers.rendering_npi
        ) as first_of_renderer_alone,
        min(case when providers.rendering_npi = '' then providers.first_claim end) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span, providers.billing_npi
        ) as first_of_biller_alone,
        min(case when providers.billing_npi = '' and providers.rendering_npi = '' then providers.first_claim end) over (
            partition by providers.service_line_id, providers.service_day, providers.is_of_span
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

)

select
    repeated_services.claim_line_id,
    repeated_services.claim_id,
    repeated_services.service_day,
    repeated_services.is_of_span,
    first_claims.first_claim as first_claim_of_provider,
    first_claims.first_claim_with_unnamed
from repeated_services
inner join first_claims
    on
        repeated_services.service_line_id = first_claims.service_line_id
        and repeated_services.service_day = first_claims.service_day
        and repeated_services.is_of_span = first_claims.is_of_span
        and repeated_services.billing_npi = first_claims.billing_npi
        and repeated_services.rendering_npi = first_claims.rendering_npi
