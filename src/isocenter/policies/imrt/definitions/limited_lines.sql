-- title: Claim lines under a loaded unit limit, with the units of their day so far

with

limits as (

    select
        standing_lines.claim_line_id,
        min(unit_limits.units) as unit_limit,
        min(unit_limits.adjudication) as adjudication
    from standing_lines
    inner join unit_limits
        on
            standing_lines.procedure_code = unit_limits.procedure_code
            and standing_lines.setting = unit_limits.setting
    where
        standing_lines.service_date >= coalesce(unit_limits.valid_from, standing_lines.service_date)
        and standing_lines.service_date <= coalesce(unit_limits.valid_to, standing_lines.service_date)
    group by standing_lines.claim_line_id

),

-- Of one member and provider, the physician's part and the technical part apart.
days as (

    select
        standing_lines.claim_line_id,
        standing_lines.procedure_code,
        standing_lines.service_date,
        standing_lines.units,
        standing_lines.bills_professional_part,
        standing_lines.bills_technical_part,
        limits.unit_limit,
        limits.adjudication,
        sum(case when standing_lines.bills_professional_part then standing_lines.units else 0 end) over (
            partition by
                standing_lines.member_id, standing_lines.billing_npi, standing_lines.setting,
                standing_lines.procedure_code, standing_lines.service_date
            order by standing_lines.claim_line_id
        ) as professional_units_so_far,
        sum(case when standing_lines.bills_technical_part then standing_lines.units else 0 end) over (
            partition by
                standing_lines.member_id, standing_lines.billing_npi, standing_lines.setting,
                standing_lines.procedure_code, standing_lines.service_date
            order by standing_lines.claim_line_id
        ) as technical_units_so_far
    from standing_lines
    inner join limits on standing_lines.claim_line_id = limits.claim_line_id

)

select
    days.claim_line_id,
    days.procedure_code,
    days.service_date,
    days.units,
    days.unit_limit,
    days.adjudication,
    cast(greatest(
        case when days.bills_professional_part then days.professional_units_so_far else 0 end,
        case when days.bills_technical_part then days.technical_units_so_far else 0 end
    ) as bigint) as units_so_far
from days
