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

-- Days on which a service of a member is billed twice; a line that is billed once needs no look.
repeated_services as (

    select
        lines_with_components.member_id,
        lines_with_components.service_date,
        lines_with_components.procedure_code
    from lines_with_components
    group by lines_with_components.member_id, lines_with_components.service_date, lines_with_components.procedure_code
    having count(*) > 1 or max(lines_with_components.repeated_line_id) <> ''

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
        first_days.first_service
    from repeated_lines
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
        when first_claims.is_of_several_corrections then 'not_documented'
        when first_claims.repeated_line_id <> '' then 'not_documented'
        when first_claims.claim_id = first_claims.first_claim then 'met'
    end as outcome,
    case
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
