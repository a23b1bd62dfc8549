-- title:        The same service is not billed twice on two claims
-- fault:        The same service is billed on two claims
-- requirements: UTIL-1
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Void the second claim, or show that the service was given twice; of two replacements, say when each was written; give each line a number of its own.

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
        days_of_spans.billing_npi,
        days_of_spans.rendering_npi,
        days_of_spans.setting,
        days_of_spans.service_day
    from days_of_spans

    union all

    -- Other lines of these services, of one day each.
    select
        lines_with_components.claim_line_id,
        lines_with_components.claim_id,
        lines_with_components.member_id,
        lines_with_components.procedure_code,
        lines_with_components.modifier_1,
        lines_with_components.modifier_2,
        lines_with_components.modifier_3,
        lines_with_components.modifier_4,
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

-- Days of which a line of several days, or one of these days, is on several claims, with the first of these.
days_of_several_claims as (

    select
        days_of_services.member_id,
        days_of_services.procedure_code,
        days_of_services.modifier_1,
        days_of_services.modifier_2,
        days_of_services.modifier_3,
        days_of_services.modifier_4,
        days_of_services.billing_npi,
        days_of_services.rendering_npi,
        days_of_services.setting,
        days_of_services.service_day,
        min(days_of_services.claim_id) as first_claim
    from days_of_services
    group by
        days_of_services.member_id, days_of_services.procedure_code,
        days_of_services.modifier_1, days_of_services.modifier_2, days_of_services.modifier_3,
        days_of_services.modifier_4,
        days_of_services.billing_npi, days_of_services.rendering_npi, days_of_services.setting,
        days_of_services.service_day
    having min(days_of_services.claim_id) < max(days_of_services.claim_id)

),

covered_twice as (

    select
        days_of_services.claim_line_id,
        min(days_of_services.service_day) as first_day,
        min(days_of_several_claims.first_claim) as first_claim
    from days_of_services
    inner join days_of_several_claims
        on
            days_of_services.member_id = days_of_several_claims.member_id
            and days_of_services.procedure_code = days_of_several_claims.procedure_code
            and days_of_services.modifier_1 = days_of_several_claims.modifier_1
            and days_of_services.modifier_2 = days_of_several_claims.modifier_2
            and days_of_services.modifier_3 = days_of_several_claims.modifier_3
            and days_of_services.modifier_4 = days_of_several_claims.modifier_4
            and days_of_services.billing_npi = days_of_several_claims.billing_npi
            and days_of_services.rendering_npi = days_of_several_claims.rendering_npi
            and days_of_services.setting = days_of_several_claims.setting
            and days_of_services.service_day = days_of_several_claims.service_day
    where days_of_services.claim_id > days_of_several_claims.first_claim
    group by days_of_services.claim_line_id

),

-- Days on which a service of a member is billed twice; a line that is billed once needs no look.
repeated_services as (

    select
        lines_with_components.member_id,
        lines_with_components.service_date,
        lines_with_components.procedure_code
    from lines_with_components
    group by lines_with_components.member_id, lines_with_components.service_date, lines_with_components.procedure_code
    having count(*) > 1 or max(lines_with_components.repeated_line_id) <> ''

    union

    select
        lines_with_components.member_id,
        lines_with_components.service_date,
        lines_with_components.procedure_code
    from lines_with_components
    inner join covered_twice on lines_with_components.claim_line_id = covered_twice.claim_line_id

),

repeated_lines as (

    select lines_with_components.*
    from lines_with_components
    inner join repeated_services
        on
            lines_with_components.member_id = repeated_services.member_id
            and lines_with_components.service_date = repeated_services.service_date
            and lines_with_components.procedure_code = repeated_services.procedure_code

),

-- Services of one provider that are on several claims, with the first of these.
several_claims as (

    select
        repeated_lines.member_id,
        repeated_lines.service_date,
        repeated_lines.procedure_code,
        repeated_lines.modifier_1,
        repeated_lines.modifier_2,
        repeated_lines.modifier_3,
        repeated_lines.modifier_4,
        repeated_lines.billing_npi,
        repeated_lines.rendering_npi,
        repeated_lines.setting,
        min(repeated_lines.claim_id) as first_claim
    from repeated_lines
    group by
        repeated_lines.member_id, repeated_lines.service_date, repeated_lines.procedure_code,
        repeated_lines.modifier_1, repeated_lines.modifier_2, repeated_lines.modifier_3, repeated_lines.modifier_4,
        repeated_lines.billing_npi, repeated_lines.rendering_npi, repeated_lines.setting
    having min(repeated_lines.claim_id) < max(repeated_lines.claim_id)

),

-- Lines that a replacement under one number holds several times: nothing says which of its versions is the later one.
lines_of_several_corrections as (

    select
        repeated_lines.claim_id,
        repeated_lines.line_number,
        repeated_lines.service_date,
        repeated_lines.procedure_code
    from repeated_lines
    where repeated_lines.claim_frequency = '7'
    group by
        repeated_lines.claim_id, repeated_lines.line_number, repeated_lines.service_date, repeated_lines.procedure_code
    having count(*) > 1

),

-- The days on which these begin: several claims of one number differ in them.
first_days as (

    select
        claim_lines.claim_id,
        min(claim_lines.service_date) as first_service
    from claim_lines
    inner join (select distinct several_claims.first_claim from several_claims) as firsts
        on claim_lines.claim_id = firsts.first_claim
    group by claim_lines.claim_id

),

first_claims as (

    select
        repeated_lines.claim_line_id,
        repeated_lines.claim_id,
        repeated_lines.line_number,
        repeated_lines.repeated_line_id,
        lines_of_several_corrections.claim_id is not null as is_of_several_corrections,
        coalesce(several_claims.first_claim, repeated_lines.claim_id) as first_claim,
        first_days.first_service,
        covered_twice.first_claim as overlapped_claim,
        covered_twice.first_day as overlapped_day
    from repeated_lines
    left join covered_twice on repeated_lines.claim_line_id = covered_twice.claim_line_id
    left join several_claims
        on
            repeated_lines.member_id = several_claims.member_id
            and repeated_lines.service_date = several_claims.service_date
            and repeated_lines.procedure_code = several_claims.procedure_code
            and repeated_lines.modifier_1 = several_claims.modifier_1
            and repeated_lines.modifier_2 = several_claims.modifier_2
            and repeated_lines.modifier_3 = several_claims.modifier_3
            and repeated_lines.modifier_4 = several_claims.modifier_4
            and repeated_lines.billing_npi = several_claims.billing_npi
            and repeated_lines.rendering_npi = several_claims.rendering_npi
            and repeated_lines.setting = several_claims.setting
    left join first_days on several_claims.first_claim = first_days.claim_id
    left join lines_of_several_corrections
        on
            repeated_lines.claim_id = lines_of_several_corrections.claim_id
            and repeated_lines.line_number = lines_of_several_corrections.line_number
            and repeated_lines.service_date = lines_of_several_corrections.service_date
            and repeated_lines.procedure_code = lines_of_several_corrections.procedure_code

)

select
    first_claims.claim_line_id as subject_id,
    case
        when first_claims.claim_id > first_claims.first_claim then 'not_met'
        when first_claims.overlapped_claim is not null then 'not_met'
        when first_claims.is_of_several_corrections then 'not_documented'
        when first_claims.repeated_line_id <> '' then 'not_documented'
        when first_claims.claim_id = first_claims.first_claim then 'met'
    end as outcome,
    case
        when first_claims.claim_id = first_claims.first_claim and first_claims.overlapped_claim is not null
            then concat(
                'the service is billed for ', first_claims.overlapped_day,
                ' with the same modifiers and provider on claim ', first_claims.overlapped_claim, ' too'
            )
        when first_claims.claim_id = first_claims.first_claim and first_claims.is_of_several_corrections
            then concat(
                'the replacement has line ', first_claims.line_number,
                ' several times, and nothing says which was written last'
            )
        when first_claims.claim_id = first_claims.first_claim and first_claims.repeated_line_id <> ''
            then concat(
                'its number, ', first_claims.repeated_line_id,
                ', is also that of a line that states something else, and nothing says which of them counts'
            )
        when first_claims.claim_id = first_claims.first_claim then 'the service is on no earlier claim'
        else concat(
            'the service is billed with the same modifiers and provider on claim ', first_claims.first_claim,
            ', which begins on ', first_claims.first_service
        )
    end as because
from first_claims
