-- title: Days on which each course was treated by any modality, with the fractions recorded and billed for them, and those billed for another tumor than that of the IMRT plan

with

stereotactic_codes as (

    select distinct codes.code
    from codes
    where codes.code_list = 'stereotactic_delivery'

),

-- A line of several days counts on the days that its units determine; where they do not, it may have been any of them.
spans as (

    select
        service_days.claim_line_id,
        min(service_days.service_day) as first_day,
        count(*) as days,
        count(case when service_days.is_certain then 1 end) as certain_days
    from service_days
    group by service_days.claim_line_id

),

billed as (

    select
        delivery_lines.course_id,
        coalesce(service_days.service_day, delivery_lines.service_date) as treated_on,
        delivery_lines.procedure_code,
        case
            when not delivery_lines.bills_technical_part then 0
            when spans.claim_line_id is null then delivery_lines.units
            when spans.certain_days = spans.days then floor(delivery_lines.units / spans.days)
            when service_days.service_day = spans.first_day then delivery_lines.units
            else 0
        end as units,
        lines_for_other_tumors.claim_line_id is not null as is_for_another_tumor
    from delivery_lines
    left join spans on delivery_lines.claim_line_id = spans.claim_line_id
    left join service_days on delivery_lines.claim_line_id = service_days.claim_line_id
    left join lines_for_other_tumors on delivery_lines.claim_line_id = lines_for_other_tumors.claim_line_id

),

-- Each phase of a course may number its fractions from one, so the day distinguishes them.
counts as (

    select
        fractions.course_id,
        fractions.delivered_on as treated_on,
        1 as recorded,
        0 as billed,
        0 as billed_stereotactic,
        0 as billed_for_others
    from fractions

    union all

    select
        billed.course_id,
        billed.treated_on,
        0 as recorded,
        billed.units as billed,
        case when stereotactic_codes.code is not null then billed.units else 0 end as billed_stereotactic,
        case when billed.is_for_another_tumor then billed.units else 0 end as billed_for_others
    from billed
    left join stereotactic_codes on billed.procedure_code = stereotactic_codes.code

)

select
    counts.course_id,
    counts.treated_on,
    cast(sum(counts.recorded) as bigint) as recorded_fractions,
    cast(sum(counts.billed) as bigint) as billed_fractions,
    cast(sum(counts.billed_stereotactic) as bigint) as billed_stereotactic_fractions,
    cast(sum(counts.billed_for_others) as bigint) as billed_fractions_for_others
from counts
group by counts.course_id, counts.treated_on
