-- title: Claim lines under a loaded unit limit, with the units of their day so far; under the stricter limit, and open, where the setting is not stated

with

limits as (

    select
        lines_with_components.claim_line_id,
        min(unit_limits.units) as unit_limit,
        min(unit_limits.adjudication) as adjudication
    from lines_with_components
    inner join unit_limits
        on
            lines_with_components.procedure_code = unit_limits.procedure_code
            and lines_with_components.setting in (unit_limits.setting, '')
    where
        lines_with_components.service_date >= coalesce(unit_limits.valid_from, lines_with_components.service_date)
        and lines_with_components.service_date <= coalesce(unit_limits.valid_to, lines_with_components.service_date)
    group by lines_with_components.claim_line_id

),

-- Of one member and provider, the physician's part and the technical part apart.
days as (

    select
        lines_with_components.claim_line_id,
        lines_with_components.procedure_code,
        lines_with_components.service_date,
        lines_with_components.units,
        lines_with_components.setting = '' as is_open,
        lines_with_components.bills_professional_part,
        lines_with_components.bills_technical_part,
        limits.unit_limit,
        limits.adjudication,
        sum(case when lines_with_components.bills_professional_part then lines_with_components.units else 0 end) over (
            partition by
                lines_with_components.member_id, lines_with_components.billing_npi, lines_with_components.setting,
                lines_with_components.procedure_code, lines_with_components.service_date
            order by lines_with_components.claim_line_id
        ) as professional_units_so_far,
        sum(case when lines_with_components.bills_technical_part then lines_with_components.units else 0 end) over (
            partition by
                lines_with_components.member_id, lines_with_components.billing_npi, lines_with_components.setting,
                lines_with_components.procedure_code, lines_with_components.service_date
            order by lines_with_components.claim_line_id
        ) as technical_units_so_far
    from lines_with_components
    inner join limits on lines_with_components.claim_line_id = limits.claim_line_id

)

select
    days.claim_line_id,
    days.procedure_code,
    days.service_date,
    days.units,
    days.unit_limit,
    days.adjudication,
    days.is_open,
    cast(greatest(
        case when days.bills_professional_part then days.professional_units_so_far else 0 end,
        case when days.bills_technical_part then days.technical_units_so_far else 0 end
    ) as bigint) as units_so_far
from days
